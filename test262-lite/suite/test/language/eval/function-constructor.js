/*---
description: Function makes functions of the global scope
---*/

var local = (function () {
  var hidden = 1;
  return Function("a", "b = 2", "...c", "return typeof hidden + a + b + c.length");
})();
assert.sameValue(local(1), "undefined120");
assert.sameValue(local.name, "anonymous");
