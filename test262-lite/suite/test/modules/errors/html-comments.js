/*---
description: A module has no HTML comments
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
export {};
<!-- none
