/*---
description: await cannot stand in an async function's parameters
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
async function wrong(value = await 1) {}
