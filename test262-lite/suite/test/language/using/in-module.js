/*---
description: A module disposes when its code has ended
flags: [module]
---*/

import { log } from "./in-module_FIXTURE.js";
assert.sameValue(log.join(), "body,disposed");
