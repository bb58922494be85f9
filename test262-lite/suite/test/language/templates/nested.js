/*---
description: Templates nest, with braces of any kind inside
---*/

var f = (o) => `${`${{ a: `}` }.a}${o.map((x) => `<${x}>`).join(``)}`}\``;
assert.sameValue(f([1, 2]), "}<1><2>`");
