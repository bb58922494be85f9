/*---
description: A static field cannot be called prototype
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  static prototype = 1;
}
