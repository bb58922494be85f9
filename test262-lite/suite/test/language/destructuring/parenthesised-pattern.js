/*---
description: A pattern in parentheses is no target
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
({ a }) = 1;
