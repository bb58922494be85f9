/*---
description: A place in a loop or in different calls stays one place
---*/

var tag = (strings) => strings;
var seen = new Set();
for (var i = 0; i < 3; i++) seen.add(tag`x`);
var make = () => () => tag`y`;
seen.add(make()());
seen.add(make()());
assert.sameValue(seen.size, 2);
