/*---
description: An untagged template may not
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
`\unicode`;
