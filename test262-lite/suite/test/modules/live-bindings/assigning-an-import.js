/*---
description: An assignment to an import is an error, at the latest when it runs
flags: [module]
negative:
  phase: runtime
  type: TypeError
---*/

import { count } from "./counter_FIXTURE.js";
count = 1;
