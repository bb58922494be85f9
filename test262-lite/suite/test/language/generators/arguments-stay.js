/*---
description: arguments and this are those of the call
---*/

function* called() {
  yield arguments.length;
  yield this.tag;
}
var it = called.call({ tag: "t" }, 1, 2, 3);
assert.sameValue(it.next().value, 3);
assert.sameValue(it.next().value, "t");
