/*---
description: Only a direct call sees what is around it
---*/

var x = "global";
function outer() {
  var x = "local";
  var indirect = eval;
  return [eval("x"), (0, eval)("typeof x"), indirect("typeof x"), eval?.("typeof x")];
}
var found = outer();
assert.sameValue(found[0], "local");
assert.sameValue(found.slice(1).join(), "string,string,string");
