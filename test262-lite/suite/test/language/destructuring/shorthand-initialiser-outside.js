/*---
description: A default in an object literal is only for patterns
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
var object = { a = 1 };
