/*---
description: And passing one on
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

export { missing } from "./fine_FIXTURE.js";
$DONOTEVALUATE();
