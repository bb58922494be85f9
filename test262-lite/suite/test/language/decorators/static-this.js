/*---
description: Static fields of a decorated class see the class
flags: [module]
---*/

@((Class) => void (Class.decorated = true))
class Static {
  static one = 1;
  static two = this.one + 1;
  static make = () => new this();
}
assert.sameValue(Static.two, 2);
assert(Static.make() instanceof Static);
assert(Static.decorated);
