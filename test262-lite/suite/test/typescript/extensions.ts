/*---
description: A file of TypeScript is found by the name of its output
flags: [module]
---*/

import { value } from "./types_FIXTURE.js";
import { value as again } from "./types_FIXTURE.ts";
assert.sameValue(value + again, 2);
