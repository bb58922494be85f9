/*---
description: Functions are hoisted over variables of their name
---*/

assert.sameValue(typeof twice, "function");
assert.sameValue(twice(), 2);
var twice = 1;
function twice() {
  return 1;
}
function twice() {
  return 2;
}
assert.sameValue(twice, 1);
