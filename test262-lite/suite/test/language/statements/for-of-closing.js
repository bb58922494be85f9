/*---
description: for of closes its iterator on every early way out
---*/

var closed = [];
var source = (name) => ({
  [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return: () => (closed.push(name), {}) }),
});
for (var _ of source("break")) break;
(() => { for (var _ of source("return")) return; })();
assert.throws(RangeError, () => { for (var _ of source("throw")) throw new RangeError(); });
outer: for (var a of [1]) for (var _ of source("continue")) continue outer;
assert.sameValue(closed.join(), "break,return,throw,continue");
