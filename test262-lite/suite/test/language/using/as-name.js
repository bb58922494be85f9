/*---
description: using is a name where it starts no declaration
flags: [noStrict]
---*/

var using = [1];
using[0] = 2;
using
x = 3;
var x;
assert.sameValue(using[0] + x, 5);
for (using of [[4]]);
assert.sameValue(using[0], 4);
