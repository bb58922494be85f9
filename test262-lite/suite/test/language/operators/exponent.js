/*---
description: "** binds to the right and not to signs"
---*/

assert.sameValue(2 ** 3 ** 2, 512);
assert.sameValue((-2) ** 2, 4);
assert.sameValue(-(2 ** 2), -4);
assert.sameValue(2 ** -1, 0.5);
assert.sameValue(2n ** 70n, 1180591620717411303424n);
var x = 3;
x **= 2;
assert.sameValue(x, 9);
