/*---
description: A recursion without end is a RangeError
---*/

function deep() {
  return deep() + 1;
}
assert.throws(RangeError, deep);
assert.throws(RangeError, deep);
