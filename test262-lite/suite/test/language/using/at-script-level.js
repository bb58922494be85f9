/*---
description: A script cannot declare a resource at its top
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
using held = null;
