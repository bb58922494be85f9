/*---
description: Targets may be members of anything
---*/

var object = {};
var array = [];
[object.a, object["b"], (array)[0], ...object.rest] = [1, 2, 3, 4, 5];
({ x: array[1], ...object.other } = { x: 6, y: 7 });
assert.sameValue(JSON.stringify([object, array]), '[{"a":1,"b":2,"rest":[4,5],"other":{"y":7}},[3,6]]');
