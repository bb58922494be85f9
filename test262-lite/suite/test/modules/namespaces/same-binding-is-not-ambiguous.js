/*---
description: One binding may come on two ways
flags: [module]
---*/

import { a } from "./diamond_FIXTURE.js";
assert.sameValue(a, 1);
