/*---
description: The same private name of two classes means two things
---*/

class One {
  #x = 1;
  static has(object) {
    return #x in object;
  }
}
class Two {
  #x = 2;
}
assert(One.has(new One()));
assert.sameValue(One.has(new Two()), false);
assert.throws(TypeError, () => One.has(1));
