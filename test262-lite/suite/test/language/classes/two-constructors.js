/*---
description: A class has one constructor
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  constructor() {}
  constructor() {}
}
