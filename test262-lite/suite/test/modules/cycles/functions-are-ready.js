/*---
description: In a cycle functions can be called before their module has run
flags: [module]
---*/

import { log } from "./functions-are-ready-a_FIXTURE.js";
assert.sameValue(log.join(), "b sees a: function,a: the class is undefined,a runs");
