/*---
description: A literal makes a new object each time it is evaluated
---*/

var make = () => /a/g;
assert.notSameValue(make(), make());
make().lastIndex = 5;
assert.sameValue(make().lastIndex, 0);
