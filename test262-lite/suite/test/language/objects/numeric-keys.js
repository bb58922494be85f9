/*---
description: Numbers as keys are written many ways
---*/

var object = { 0b11: "a", 0x0f: "b", 1e3: "c", .5: "d", 1_0: "e", 9007199254740993n: "f" };
assert.sameValue(Object.keys(object).sort().join(), "0.5,10,1000,15,3,9007199254740993");
