/*---
description: A function with defaults cannot make itself strict
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
function wrong(a = 1) {
  "use strict";
}
