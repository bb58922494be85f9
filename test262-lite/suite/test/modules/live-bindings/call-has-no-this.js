/*---
description: A call of an import has no this
flags: [module]
---*/

import { self } from "./this_FIXTURE.js";
import * as all from "./this_FIXTURE.js";
assert.sameValue(self(), undefined);
assert.sameValue(all.self(), all);
