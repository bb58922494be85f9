/*---
description: A private name must be declared
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  method() {
    return this.#nowhere;
  }
}
