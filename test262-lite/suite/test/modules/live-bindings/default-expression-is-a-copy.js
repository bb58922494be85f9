/*---
description: export default of an expression does not change with its variable
flags: [module]
---*/

import copied, { change } from "./copy_FIXTURE.js";
change();
assert.sameValue(copied, "before");
