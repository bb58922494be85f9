/*---
description: A private name is declared once
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  #x;
  #x() {}
}
