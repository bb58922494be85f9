/*---
description: for await is for async functions and modules
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
function wrong() {
  for await (var x of []);
}
