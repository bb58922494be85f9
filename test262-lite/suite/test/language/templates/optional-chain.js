/*---
description: A chain cannot end in a template
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
var a;
a?.b`x`;
