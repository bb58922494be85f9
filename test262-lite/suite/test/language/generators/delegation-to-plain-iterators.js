/*---
description: "yield* closes an iterator that has no throw"
---*/

var closed = 0;
var plain = {
  [Symbol.iterator]() {
    return { next: () => ({ value: 1, done: false }), return: () => (closed++, {}) };
  },
};
function* outer() {
  yield* plain;
}
var it = outer();
it.next();
assert.throws(TypeError, () => it.throw(new Error("lost")));
assert.sameValue(closed, 1);
