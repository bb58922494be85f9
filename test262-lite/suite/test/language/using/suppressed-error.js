/*---
description: An error of dispose carries the error before it
---*/

var first = new RangeError("body");
var second = new TypeError("dispose");
try {
  using resource = { [Symbol.dispose]() { throw second; } };
  throw first;
} catch (error) {
  assert(error instanceof SuppressedError);
  assert.sameValue(error.error, second);
  assert.sameValue(error.suppressed, first);
}
