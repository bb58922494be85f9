/*---
description: A rejection at the top ends the module with its error
flags: [module]
negative:
  phase: runtime
  type: RangeError
---*/

import "./late_FIXTURE.js";
await Promise.reject(new RangeError());
