/*---
description: A private name cannot be deleted
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  #x;
  method() {
    delete this.#x;
  }
}
