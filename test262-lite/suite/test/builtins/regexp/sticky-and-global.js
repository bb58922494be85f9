/*---
description: lastIndex moves as the flags say
---*/

var sticky = /a/y;
sticky.lastIndex = 1;
assert.sameValue(sticky.test("ba"), true);
assert.sameValue(sticky.test("ba"), false);
assert.sameValue([..."a1b2".matchAll(/[a-z](\d)/g)].map((m) => m[1]).join(), "1,2");
assert.throws(TypeError, () => "a".matchAll(/a/));
assert.sameValue("aXbX".replaceAll("X", "$&$&"), "aXXbXX");
