/*---
description: A field without an initialiser is an own property that is undefined
---*/

class Empty {
  a;
  "b c";
  1;
}
var empty = new Empty();
assert.sameValue(Object.keys(empty).join("|"), "1|a|b c");
assert.sameValue(empty.a, undefined);
