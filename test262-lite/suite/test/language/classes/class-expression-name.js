/*---
description: A class expression is visible to itself only
---*/

var Outer = class Inner {
  static own() {
    return typeof Inner;
  }
};
assert.sameValue(Outer.name, "Inner");
assert.sameValue(Outer.own(), "function");
assert.sameValue(typeof Inner, "undefined");
