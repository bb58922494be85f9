/*---
description: An exported class is decorated before it can be imported
flags: [module]
---*/

import Default, { Named } from "./exported_FIXTURE.js";
assert.sameValue(Default.mark + Named.mark, "markmark");
assert.sameValue(Named.name, "Named");
