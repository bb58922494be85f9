/*---
description: eval answers the value of the last statement that has one
---*/

assert.sameValue(eval("1; if (false) 2;"), undefined);
assert.sameValue(eval("a: { 1; break a; }"), 1);
assert.sameValue(eval("do { 3; continue; } while (false)"), 3);
assert.sameValue(eval("4; var x = 5;"), 4);
assert.sameValue(eval("6; try { 7 } finally { 8 }"), 7);
