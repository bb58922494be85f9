/*---
description: Keywords are names of properties
---*/

var object = { if: 1, class: 2, new: 3, typeof: 4, await: 5, yield: 6, let: 7, static: 8, enum: 9, null: 10, true: 11 };
assert.sameValue(object.if + object.class + object.new + object.typeof + object?.enum + object.null + object.true, 40);
var { if: renamed, class: other = 0 } = object;
assert.sameValue(renamed + other, 3);
