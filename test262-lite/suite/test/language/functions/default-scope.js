/*---
description: Defaults have a scope of their own
---*/

var x = "outer";
function scoped(read = () => x) {
  var x = "inner";
  return read() + x;
}
assert.sameValue(scoped(), "outerinner");
function later(a, read = () => a, write = (v) => (a = v)) {
  var a;
  a = "body";
  write("default");
  return a + read();
}
assert.sameValue(later("given"), "bodydefault");
