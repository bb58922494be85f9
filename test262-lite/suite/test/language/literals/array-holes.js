/*---
description: Arrays may have holes, and commas at their end
---*/

var array = [, 1, , 2, ,];
assert.sameValue(array.length, 5);
assert.sameValue(0 in array, false);
assert.sameValue(array.indexOf(undefined), -1);
assert.sameValue([...[,]].indexOf(undefined), 0);
assert.sameValue([1, 2,].length, 2);
