/*---
description: What is exported must be declared
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
export { nowhere };
