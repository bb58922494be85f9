/*---
description: Importing a name that is not exported is an error before anything runs
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

import { missing } from "./fine_FIXTURE.js";
$DONOTEVALUATE();
