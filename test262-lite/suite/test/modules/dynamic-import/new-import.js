/*---
description: import() is no constructor
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
new import("./value_FIXTURE.js");
