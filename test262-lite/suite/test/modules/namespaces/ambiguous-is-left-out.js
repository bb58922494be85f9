/*---
description: A name that two stars bring is not in the namespace
flags: [module]
---*/

import * as all from "./ambiguous_FIXTURE.js";
assert.sameValue("a" in all, false);
assert.sameValue(Object.keys(all).join(), "b,c");
