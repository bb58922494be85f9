/*---
description: Exports stand at the top
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
{
  export const a = 1;
}
