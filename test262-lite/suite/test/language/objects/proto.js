/*---
description: "Only `__proto__:` sets the prototype"
---*/

var proto = {};
var __proto__ = 1;
assert.sameValue(Object.getPrototypeOf({ __proto__: proto }), proto);
assert.sameValue(Object.getPrototypeOf({ "__proto__": proto }), proto);
assert.sameValue(Object.hasOwn({ __proto__ }, "__proto__"), true);
assert.sameValue(Object.hasOwn({ ["__proto__"]: proto }, "__proto__"), true);
assert.sameValue(Object.hasOwn({ __proto__() {} }, "__proto__"), true);
