/*---
description: Numbers in all their spellings
---*/

assert.sameValue(0b1010 + 0o17 + 0xff, 280);
assert.sameValue(1_000_000.5e-1_0, 0.00010000005);
assert.sameValue(.5 + 5. + 0.0, 5.5);
assert.sameValue(5..toString() + 5.0.toFixed(1) + 5 .toString(), "55.05");
assert.sameValue(0xffff_ffff, 4294967295);
assert.sameValue(1e21 + "", "1e+21");
assert.sameValue(-0, -0);
assert.sameValue(9007199254740993, 9007199254740992);
assert.sameValue(1 / -0, -Infinity);
