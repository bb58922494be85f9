/*---
description: import() takes attributes as well
flags: [module]
---*/

const { default: data } = await import("./data.json", { with: { type: "json" } });
assert.sameValue(data.nested.key, "value");
