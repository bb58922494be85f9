/*---
description: A name is exported once
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
const a = 1;
export { a, a };
