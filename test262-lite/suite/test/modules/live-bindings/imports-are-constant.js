/*---
description: An import cannot be assigned
flags: [module]
---*/

import { count } from "./counter_FIXTURE.js";
import * as all from "./counter_FIXTURE.js";
assert.throws(TypeError, () => eval("count = 1"));
assert.throws(TypeError, () => { all.count = 1; });
assert.throws(TypeError, () => { delete all.count; });
