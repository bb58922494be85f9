/*---
description: A field cannot be called constructor
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  constructor = 1;
}
