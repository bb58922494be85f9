/*---
description: Nothing of the module runs before the caller has gone on
flags: [module]
---*/

globalThis.log = [];
const promise = import("./logs_FIXTURE.js");
globalThis.log.push("caller");
await promise;
assert.sameValue(globalThis.log.join(), "caller,module");
