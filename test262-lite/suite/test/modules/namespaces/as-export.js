/*---
description: "export * as name makes a namespace of another module"
flags: [module]
---*/

import { inner, default as again } from "./as-export_FIXTURE.js";
import * as direct from "./shape_FIXTURE.js";
assert.sameValue(inner, direct);
assert.sameValue(again, direct);
