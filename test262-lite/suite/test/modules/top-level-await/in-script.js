/*---
description: A script has no await at its top
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
await null;
