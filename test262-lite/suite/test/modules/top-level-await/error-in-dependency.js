/*---
description: and all that import it
flags: [module]
---*/

const results = await Promise.allSettled([import("./rejects_FIXTURE.js"), import("./imports-rejects_FIXTURE.js")]);
assert.sameValue(results.map((one) => one.status).join(), "rejected,rejected");
assert.sameValue(results[0].reason, results[1].reason);
