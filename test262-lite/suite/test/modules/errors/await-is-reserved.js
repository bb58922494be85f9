/*---
description: await is no name in a module
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
const await = 1;
export {};
