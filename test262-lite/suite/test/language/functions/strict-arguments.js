/*---
description: Strict functions have arguments of their own
flags: [onlyStrict]
---*/

function own(a) {
  arguments[0] = 2;
  return a;
}
assert.sameValue(own(1), 1);
assert.throws(TypeError, () => (function () { return arguments.callee; })());
