/*---
description: Logical assignment assigns only when it has to
---*/

var log = [];
var object = {
  get set() {
    log.push("get");
    return 1;
  },
  set set(_) {
    log.push("set");
  },
};
object.set ||= log.push("right");
object.set ??= log.push("right");
object.set &&= 2;
assert.sameValue(log.join(), "get,get,get,set");
var f;
f ??= () => {};
assert.sameValue(f.name, "f");
const constant = 1;
assert.sameValue(constant ||= 2, 1);
assert.throws(TypeError, () => { constant &&= 2; });
