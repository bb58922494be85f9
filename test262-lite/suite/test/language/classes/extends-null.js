/*---
description: A class that extends null has no inherited members
---*/

class Bare extends null {
  static make() {
    return Object.create(Bare.prototype);
  }
  own() {
    return 1;
  }
}
assert.sameValue(Object.getPrototypeOf(Bare.prototype), null);
assert.sameValue(Bare.make().own(), 1);
assert.throws(TypeError, () => new Bare());
