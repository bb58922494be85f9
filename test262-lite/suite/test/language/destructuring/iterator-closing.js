/*---
description: An array pattern closes the iterator unless it is exhausted
---*/

var closed = 0;
var iterable = {
  [Symbol.iterator]: () => {
    var n = 0;
    return { next: () => ({ value: ++n, done: n > 2 }), return: () => (closed++, {}) };
  },
};
var [one] = iterable;
assert.sameValue(closed, 1);
var [a, b, c] = iterable;
assert.sameValue([a, b, c].join(), "1,2,");
assert.sameValue(closed, 1);
var [...all] = iterable;
assert.sameValue(all.join() + closed, "1,21");
var [] = iterable;
assert.sameValue(closed, 2);
