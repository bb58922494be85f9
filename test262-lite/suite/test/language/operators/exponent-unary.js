/*---
description: "A sign before ** needs parentheses"
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
-2 ** 2;
