/*---
description: Several decorators apply from the nearest to the farthest
---*/

var log = [];
var d = (name) => (method) => {
  log.push(name);
  return function () {
    return name + method.call(this);
  };
};
class Several {
  @d("a") @d("b") @d("c") run() {
    return "!";
  }
}
assert.sameValue(log.join(""), "cba");
assert.sameValue(new Several().run(), "abc!");
