/*---
description: A module with await is waited for, its siblings are not held up
flags: [module]
---*/

import { log } from "./log_FIXTURE.js";
import "./slow_FIXTURE.js";
import "./fast_FIXTURE.js";
assert.sameValue(log.join(), "slow starts,fast,slow ends");
