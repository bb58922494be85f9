/*---
description: In sloppy code it makes a global
flags: [noStrict]
---*/

made = 1;
assert.sameValue(globalThis.made, 1);
assert.sameValue(delete made, true);
