/*---
description: A function in a block is also a variable of the function around it, in sloppy code
flags: [noStrict]
---*/

assert.sameValue(typeof inBlock, "undefined");
{
  function inBlock() {
    return 1;
  }
}
assert.sameValue(typeof inBlock, "function");
if (true) function inIf() {}
assert.sameValue(typeof inIf, "function");
