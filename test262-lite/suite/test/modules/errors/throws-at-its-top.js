/*---
description: An error at the top of a module ends it
flags: [module]
negative:
  phase: runtime
  type: RangeError
---*/

import "./fine_FIXTURE.js";
throw new RangeError();
