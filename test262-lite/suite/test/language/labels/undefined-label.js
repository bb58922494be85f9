/*---
description: A label must be there
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
for (;;) break nowhere;
