/*---
description: Line separators may stand in strings, and end lines elsewhere
---*/

assert.sameValue(eval("'\u2028'").length, 1);
assert.sameValue(eval("1 // comment \u2028 + 1; 5"), 5);
assert.sameValue(eval("var a = 1\u2029 a"), 1);
