/*---
description: Only a bare string is a directive
flags: [noStrict]
---*/

function sloppy() {
  ("use strict");
  return this;
}
assert.sameValue(sloppy(), globalThis);
