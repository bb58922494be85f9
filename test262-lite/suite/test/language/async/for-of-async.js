/*---
description: A loop over something called async
flags: [noStrict]
---*/

var seen = [];
for (var async of [1, 2]) seen.push(async);
for (async of => {}; false;);
assert.sameValue(seen.join(), "1,2");
