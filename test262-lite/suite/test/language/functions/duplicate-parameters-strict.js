/*---
description: Strict functions may not
flags: [onlyStrict]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
function wrong(a, a) {}
