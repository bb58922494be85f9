/*---
description: Strict code has no old octals
flags: [onlyStrict]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
var eight = 010;
