/*---
description: "export * passes on everything but the default"
flags: [module]
---*/

import * as all from "./star_FIXTURE.js";
assert.sameValue(Object.keys(all).join(), "a,b,own");
