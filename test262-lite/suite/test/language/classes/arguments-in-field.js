/*---
description: An initialiser has no arguments
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  field = arguments;
}
