/*---
description: super() is only for constructors of derived classes
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  method() {
    super();
  }
}
