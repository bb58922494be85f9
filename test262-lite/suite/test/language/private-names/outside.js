/*---
description: Outside of a class there are no private names
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
var object = {};
object.#x;
