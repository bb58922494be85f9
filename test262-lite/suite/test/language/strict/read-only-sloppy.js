/*---
description: or does nothing, in sloppy code
flags: [noStrict]
---*/

var frozen = Object.freeze({ a: 1 });
frozen.a = 2;
assert.sameValue(frozen.a, 1);
assert.sameValue(delete frozen.a, false);
