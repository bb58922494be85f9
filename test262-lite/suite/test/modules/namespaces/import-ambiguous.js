/*---
description: Importing a name that two stars bring is an error
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

import { a } from "./ambiguous_FIXTURE.js";
$DONOTEVALUATE();
