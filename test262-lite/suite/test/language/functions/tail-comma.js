/*---
description: Commas may end parameters and arguments, but not rests
---*/

function commas(a, b,) {
  return a + b;
}
assert.sameValue(commas(1, 2,), 3);
assert.throws(SyntaxError, () => Function("...a,", ""));
