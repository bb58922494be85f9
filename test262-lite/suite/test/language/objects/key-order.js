/*---
description: Integer keys come first, then strings in order, then symbols
---*/

var symbol = Symbol();
var object = { b: 1, 2: 1, [symbol]: 1, a: 1, 1: 1, "01": 1 };
assert.sameValue(Object.keys(object).join(), "1,2,b,a,01");
assert.sameValue(Reflect.ownKeys(object).at(-1), symbol);
