/*---
description: and only once
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
({ __proto__: null, "__proto__": null });
