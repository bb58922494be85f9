/*---
description: Nothing can follow a rest
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
var [...a, b] = [];
