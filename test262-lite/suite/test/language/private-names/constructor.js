/*---
description: There is no private constructor
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  #constructor() {}
}
