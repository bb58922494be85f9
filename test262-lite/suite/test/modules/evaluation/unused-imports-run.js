/*---
description: A module is run for its effects, used or not
flags: [module]
---*/

import unused from "./effect_FIXTURE.js";
import * as alsoUnused from "./effect_FIXTURE.js";
assert.sameValue(globalThis.effect, 1);
