/*---
description: The name of a function expression cannot be assigned
flags: [noStrict]
---*/

var found = (function self() {
  self = 1;
  return typeof self;
})();
assert.sameValue(found, "function");
