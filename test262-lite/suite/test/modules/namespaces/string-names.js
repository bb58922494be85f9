/*---
description: Exports may be named by any string
flags: [module]
---*/

import { "a name" as value, "☃" as snow } from "./string-names_FIXTURE.js";
import * as all from "./string-names_FIXTURE.js";
assert.sameValue(value + snow + all["a name"], "valuesnowvalue");
