/*---
description: eval and arguments are no names
flags: [onlyStrict]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
var eval = 1;
