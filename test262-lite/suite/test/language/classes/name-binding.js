/*---
description: The inner name of a class is constant, the outer one is not
---*/

class Name {
  static self() {
    return Name;
  }
  static change() {
    Name = 1;
  }
}
var Kept = Name;
assert.throws(TypeError, Kept.change);
Name = 2;
assert.sameValue(Kept.self(), Kept);
