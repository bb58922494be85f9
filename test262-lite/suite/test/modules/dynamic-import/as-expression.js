/*---
description: import() is a call in any place
flags: [module]
---*/

const all = await Promise.all([1].map(() => import("./value_FIXTURE.js")));
assert.sameValue(all[0].value, 1);
assert.sameValue((await import("./value_FIXTURE.js")).default, "default");
assert.sameValue(typeof import("./value_FIXTURE.js")?.then, "function");
const late = async () => (await import("./value_FIXTURE.js")).value;
assert.sameValue(await late(), 1);
