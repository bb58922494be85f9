/*---
description: A default cannot see the parameters behind it
---*/

function order(a = b, b = 1) {
  return [a, b];
}
assert.throws(ReferenceError, () => order());
assert.sameValue(order(5).join(), "5,1");
assert.throws(ReferenceError, () => ((a = a) => a)());
