/*---
description: Nothing of the body runs before next(), but the defaults do
---*/

var log = [];
function* lazy(value = log.push("default")) {
  log.push("body");
}
var it = lazy();
assert.sameValue(log.join(), "default");
it.next("ignored");
assert.sameValue(log.join(), "default,body");
