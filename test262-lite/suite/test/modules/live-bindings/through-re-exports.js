/*---
description: A binding stays live through re-exports
flags: [module]
---*/

import { total, add } from "./re-export_FIXTURE.js";
add(2);
add(3);
assert.sameValue(total, 5);
