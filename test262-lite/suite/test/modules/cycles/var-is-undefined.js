/*---
description: A var of a module that has not run is undefined
flags: [module]
---*/

import { found } from "./var-is-undefined-user_FIXTURE.js";
export var shared = 1;
assert.sameValue(found, "undefined");
