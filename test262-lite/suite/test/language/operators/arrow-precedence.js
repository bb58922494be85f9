/*---
description: Arrows keep their parentheses in chains, calls and conditions
---*/

assert.sameValue((() => 1)(), 1);
assert.sameValue(((x) => x).length, 1);
assert.sameValue((() => {}) || 2 ? "arrow" : 0, "arrow");
var chosen = true ? (x) => x : 0;
assert.sameValue(chosen(5), 5);
assert.sameValue(((x) => x ? "a" : "b")(0), "b");
assert.sameValue((() => () => 2)()(), 2);
