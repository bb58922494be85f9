/*---
description: A variable cannot be deleted
flags: [onlyStrict]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
var a;
delete a;
