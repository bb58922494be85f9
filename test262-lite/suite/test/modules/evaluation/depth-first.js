/*---
description: Modules run once, those that are imported first
flags: [module]
---*/

import "./one_FIXTURE.js";
import { log } from "./log_FIXTURE.js";
import "./two_FIXTURE.js";
import "./one_FIXTURE.js";
log.push("main");
assert.sameValue(log.join(), "deep,one,two,main");
