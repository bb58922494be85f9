/*---
description: Values become strings in their turn, with the hint string
---*/

var log = [];
var value = (name) => ({
  [Symbol.toPrimitive](hint) {
    log.push(name + hint);
    return name;
  },
});
assert.sameValue(`${value("a")}-${(log.push("x"), value("b"))}`, "a-b");
assert.sameValue(log.join(), "astring,x,bstring");
assert.throws(TypeError, () => `${Symbol()}`);
