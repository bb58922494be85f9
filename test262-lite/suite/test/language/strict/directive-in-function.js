/*---
description: A function can be strict in sloppy code
flags: [noStrict]
---*/

function strict() {
  "use strict";
  return this;
}
function sloppy() {
  "a directive"; 'use\u0020strict';
  return this;
}
assert.sameValue(strict(), undefined);
assert.sameValue(sloppy(), globalThis);
