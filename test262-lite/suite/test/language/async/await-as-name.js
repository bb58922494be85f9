/*---
description: await is a name in scripts
flags: [noStrict]
---*/

var await = 1;
function plain(await) {
  return await + 1;
}
assert.sameValue(plain(await), 2);
