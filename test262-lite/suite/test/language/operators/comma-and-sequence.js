/*---
description: Commas keep their parentheses
---*/

var f = (...all) => all.length;
assert.sameValue(f((1, 2), 3), 2);
var [a = (1, 2)] = [];
assert.sameValue(a, 2);
var arrow = () => (1, 2);
assert.sameValue(arrow(), 2);
var object = { k: (1, 3) };
assert.sameValue(object.k, 3);
for (var i = (0, 1), n = 0; i < 3; i++, n++);
assert.sameValue(n, 2);
