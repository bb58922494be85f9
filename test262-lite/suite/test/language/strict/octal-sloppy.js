/*---
description: Sloppy code has
flags: [noStrict]
---*/

assert.sameValue(010, 8);
assert.sameValue(09, 9);
assert.sameValue("\101\0", "A\u0000");
assert.sameValue(010.toString(), "8");
