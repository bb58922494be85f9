/*---
description: Decorators are evaluated with the keys, and called after all of them
---*/

var log = [];
function d(name) {
  log.push("evaluate " + name);
  return (_, context) => void log.push("call " + context.kind + " " + name);
}
@d("class")
class Order {
  @d("field") [(log.push("key"), "a")] = 1;
  @d("method") method() {}
}
assert.sameValue(
  log.join("; "),
  "evaluate class; evaluate field; key; evaluate method; call method method; call field field; call class class",
);
