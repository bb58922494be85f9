/*---
description: Each generator function has a prototype of its own for its generators
---*/

function* one() {}
function* two() {}
assert(one() instanceof one);
assert.sameValue(one() instanceof two, false);
assert.throws(TypeError, () => new one());
assert.sameValue(Object.prototype.toString.call(one()), "[object Generator]");
assert.sameValue(Object.getPrototypeOf(one).constructor.name, "GeneratorFunction");
