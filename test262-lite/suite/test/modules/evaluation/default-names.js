/*---
description: Anonymous defaults are called default
flags: [module]
---*/

import f from "./name-function_FIXTURE.js";
import C from "./name-class_FIXTURE.js";
import arrow from "./name-arrow_FIXTURE.js";
import named from "./name-named_FIXTURE.js";
assert.sameValue([f.name, C.name, arrow.name, named.name].join(), "default,default,default,named");
