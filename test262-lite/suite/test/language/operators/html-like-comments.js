/*---
description: Scripts may have HTML's comments
flags: [noStrict]
---*/

var x = 1;
assert.sameValue(eval("x <!--x"), 1);
assert.sameValue(x --> 0, true);
