/*---
description: A label ends at the function
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
outer: for (;;) (() => { break outer; })();
