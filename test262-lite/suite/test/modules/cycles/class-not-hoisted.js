/*---
description: An exported class cannot be used before its line
flags: [module]
---*/

import { Later, make } from "./class-not-hoisted_FIXTURE.js";
assert.sameValue(make() instanceof Later, true);
