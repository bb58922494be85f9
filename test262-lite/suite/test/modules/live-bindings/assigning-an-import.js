/*---
description: An assignment to an import is refused before anything runs, as in the bundles that PartyKit makes
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

import { count } from "./counter_FIXTURE.js";
$DONOTEVALUATE();
count = 1;
