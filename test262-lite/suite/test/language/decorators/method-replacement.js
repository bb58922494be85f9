/*---
description: A method's decorator may answer another method
---*/

function twice(method, { kind, name }) {
  assert.sameValue(kind + " " + name, "method run");
  return function (...args) {
    return method.call(this, ...args) * 2;
  };
}
class Replaced {
  factor = 5;
  @twice
  run(x) {
    return this.factor * x;
  }
}
assert.sameValue(new Replaced().run(2), 20);
