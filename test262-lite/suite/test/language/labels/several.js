/*---
description: A statement may have several labels, and their names are no variables
---*/

var a = "variable";
a: b: for (;;) {
  c: for (;;) {
    break a;
  }
}
assert.sameValue(a, "variable");
