/*---
description: yield takes the whole expression behind it, and may have none
---*/

function* precedence() {
  var first = yield 1 + 1;
  var second = yield;
  return [first, second, (yield) || "none"];
}
var it = precedence();
assert.sameValue(it.next().value, 2);
assert.sameValue(it.next("a").value, undefined);
it.next("b");
assert.sameValue(it.next(0).value.join(), "a,b,none");
