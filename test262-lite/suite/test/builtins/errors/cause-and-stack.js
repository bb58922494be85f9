/*---
description: Errors have causes, and stacks that name the functions
---*/

function named() {
  return new Error("outer", { cause: new RangeError("inner") });
}
var error = named();
assert.sameValue(error.cause.message, "inner");
assert.sameValue(Object.hasOwn(error, "cause"), true);
assert.sameValue(Object.keys(error).length, 0);
assert(error.stack.includes("named"));
assert.sameValue(Error.isError(error), true);
assert.sameValue(Error.isError({ __proto__: Error.prototype }), false);
