/*---
description: Every way out of a block disposes
---*/

var log = [];
var resource = (name) => ({ [Symbol.dispose]: () => void log.push(name) });
function leave() {
  using a = resource("return");
  return log.push("value");
}
leave();
for (using item of [resource("one"), resource("two")]) {
  log.push("turn");
  continue;
}
outer: for (;;) {
  using b = resource("break");
  break outer;
}
assert.sameValue(log.join(), "value,return,turn,one,turn,two,break");
