/*---
description: A cycle with await ends
flags: [module]
---*/

import { a } from "./cycle-a_FIXTURE.js";
assert.sameValue(a, "a with b");
