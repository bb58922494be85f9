/*---
description: Variables of a module are not those of the global object
flags: [module]
---*/

export {};
var here = 1;
function there() {}
assert.sameValue("here" in globalThis, false);
assert.sameValue("there" in globalThis, false);
