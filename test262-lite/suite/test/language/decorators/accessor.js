/*---
description: An auto accessor has a getter and a setter over a private value
---*/

class Auto {
  accessor value = 1;
  static accessor shared = "s";
}
var auto = new Auto();
auto.value = 2;
assert.sameValue(auto.value, 2);
assert.sameValue(Object.keys(auto).length, 0);
var { get, set } = Object.getOwnPropertyDescriptor(Auto.prototype, "value");
assert.sameValue(typeof get + typeof set, "functionfunction");
assert.sameValue(Auto.shared, "s");
assert.throws(TypeError, () => get.call({}));
