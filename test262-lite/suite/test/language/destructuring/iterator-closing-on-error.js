/*---
description: An error in a target closes the iterator
---*/

var closed = 0;
var iterable = {
  [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return: () => (closed++, {}) }),
};
assert.throws(RangeError, () => {
  [(() => { throw new RangeError(); })().x] = iterable;
});
assert.sameValue(closed, 1);
