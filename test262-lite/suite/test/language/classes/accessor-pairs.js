/*---
description: Accessors of one name are one property, also with computed keys
---*/

var key = "val" + "ue";
class Pair {
  #held = 0;
  get [key]() {
    return this.#held;
  }
  set value(next) {
    this.#held = next * 2;
  }
}
var pair = new Pair();
pair.value = 4;
assert.sameValue(pair.value, 8);
var { get, set } = Object.getOwnPropertyDescriptor(Pair.prototype, "value");
assert.sameValue([get.name, set.name].join(), "get value,set value");
