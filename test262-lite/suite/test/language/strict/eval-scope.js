/*---
description: eval in strict code keeps its variables
flags: [onlyStrict]
---*/

eval("var kept = 1; function f() {}");
assert.sameValue(typeof kept, "undefined");
assert.sameValue(typeof f, "undefined");
