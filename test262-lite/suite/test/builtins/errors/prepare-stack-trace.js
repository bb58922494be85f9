/*---
description: Programs may shape stacks, as V8 allows
---*/

var before = Error.prepareStackTrace;
Error.prepareStackTrace = (error, sites) => sites.map((site) => site.getFunctionName());
function shaped() {
  return new Error().stack;
}
var stack = shaped();
Error.prepareStackTrace = before;
assert.sameValue(Array.isArray(stack) ? stack[0] : stack, "shaped");
