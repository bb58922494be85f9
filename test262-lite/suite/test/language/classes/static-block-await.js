/*---
description: await is no name in a static block
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
class Wrong {
  static {
    var await;
  }
}
