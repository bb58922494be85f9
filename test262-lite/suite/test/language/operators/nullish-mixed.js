/*---
description: "?? and || need parentheses"
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
1 ?? 2 || 3;
