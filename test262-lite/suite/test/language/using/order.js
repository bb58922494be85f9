/*---
description: Resources are disposed in the reverse order, after the block
---*/

var log = [];
var resource = (name) => ({ [Symbol.dispose]: () => void log.push(name) });
{
  using a = resource("a");
  using b = resource("b"), c = resource("c");
  log.push("body");
}
log.push("after");
assert.sameValue(log.join(), "body,c,b,a,after");
