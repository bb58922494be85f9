/*---
description: continue is for loops
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
block: {
  for (;;) continue block;
}
