/*---
description: A wrong pattern is an early error
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
/(?<a>x)(?<a>y)/;
