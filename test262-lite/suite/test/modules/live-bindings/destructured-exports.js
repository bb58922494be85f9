/*---
description: Exports may be declared by patterns
flags: [module]
---*/

import { a, b, rest, renamed } from "./patterns_FIXTURE.js";
assert.sameValue([a, b, rest.c, renamed].join(), "1,2,3,4");
