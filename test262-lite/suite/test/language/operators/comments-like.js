/*---
description: What looks like a comment after a division is none
---*/

var a = 8, b = 2, g = 1, i = 1;
assert.sameValue(a / b / g, 4);
assert.sameValue(a /b/ g, 4);
assert.sameValue(a++ / 2, 4);
assert.sameValue(("x").length / 1 /i, 1);
assert.sameValue([1] / /1/.source, 1);
