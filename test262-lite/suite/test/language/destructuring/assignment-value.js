/*---
description: The value of a destructuring assignment is what stands on its right
---*/

var a, b;
var right = [1, 2];
assert.sameValue(([a, b] = right), right);
assert.sameValue(({ length: a } = right), right);
assert.sameValue(a, 2);
[a, b] = [b, a];
assert.sameValue([a, b].join(), "2,2");
