/*---
description: Sloppy functions with simple parameters have mapped arguments
flags: [noStrict]
---*/

function mapped(a) {
  arguments[0] = 2;
  var first = a;
  a = 3;
  return [first, arguments[0]];
}
function unmapped(a, b = 1) {
  arguments[0] = 2;
  return a;
}
assert.sameValue(mapped(1).join(), "2,3");
assert.sameValue(unmapped(1), 1);
