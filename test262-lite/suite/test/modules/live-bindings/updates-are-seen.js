/*---
description: An import shows what the exporter assigns
flags: [module]
---*/

import { count, increment, default as initial, alias } from "./counter_FIXTURE.js";
import * as all from "./counter_FIXTURE.js";
assert.sameValue(count, 0);
increment();
assert.sameValue([count, all.count, alias].join(), "1,1,1");
assert.sameValue(initial, 0);
