/*---
description: yield is a name in sloppy code
flags: [noStrict]
---*/

var yield = 4;
function plain() {
  return yield * 2;
}
assert.sameValue(plain(), 8);
