/*---
description: The specifier may be computed from what is known in the project
flags: [module]
---*/

import "./value_FIXTURE.js";
const name = ["val", "ue"].join("");
const { value } = await import("./" + name + "_FIXTURE.js");
assert.sameValue(value, 1);
