/*---
description: Signs that follow each other stay apart
---*/

var x = 1;
assert.sameValue(- -x, 1);
assert.sameValue(+ +x, 1);
assert.sameValue(1 - -x, 2);
assert.sameValue(1 + +x, 2);
assert.sameValue(x - --x, 1);
assert.sameValue(x+ ++x, 1);
assert.sameValue(typeof - -x, "number");
assert.sameValue(- -1 + - - -1, 0);
