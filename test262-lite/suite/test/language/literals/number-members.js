/*---
description: A number and its member
---*/

assert.sameValue(1.0.constructor, Number);
assert.sameValue(1["toFixed"](2), "1.00");
assert.sameValue((1).toFixed(), "1");
assert.sameValue(1e3.toString(), "1000");
assert.sameValue(0x10.toString(), "16");
assert.sameValue(-1 .toFixed(), -1);
