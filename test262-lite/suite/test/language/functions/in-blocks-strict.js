/*---
description: A function in a block stays there, in strict code
flags: [onlyStrict]
---*/

{
  function inBlock() {}
  assert.sameValue(typeof inBlock, "function");
}
assert.sameValue(typeof inBlock, "undefined");
