/*---
description: async is a name wherever it starts no function
---*/

var async = (value) => value + 1;
var object = { async, get: 1, async: async, async async() {} };
assert.sameValue(async(1), 2);
assert.sameValue(async
(2), 3);
var kept = async;
async
function plain() {
  return "not async";
}
assert.sameValue(plain(), "not async");
assert.sameValue(kept, async);
