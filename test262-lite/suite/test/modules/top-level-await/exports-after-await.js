/*---
description: Exports that are set after an await are there for importers
flags: [module]
---*/

import late, { value } from "./late_FIXTURE.js";
assert.sameValue(late + value, "defaultvalue");
