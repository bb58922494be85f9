/*---
description: So is a missing default
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

import fine from "./fine_FIXTURE.js";
$DONOTEVALUATE();
