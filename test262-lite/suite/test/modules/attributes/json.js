/*---
description: A JSON module has its value as the default
flags: [module]
---*/

import data from "./data.json" with { type: "json" };
import { default as again } from "./data.json" with { type: "json" };
assert.sameValue(data.list.join() + data.nested.key, "1,2value");
assert.sameValue(data, again);
data.changed = true;
assert.sameValue(again.changed, true);
