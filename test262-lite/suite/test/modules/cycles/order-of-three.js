/*---
description: The first module reached in a cycle runs last
flags: [module]
---*/

import "./order-a_FIXTURE.js";
import { log } from "./log_FIXTURE.js";
assert.sameValue(log.join(), "c,b,a");
