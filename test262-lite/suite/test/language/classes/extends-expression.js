/*---
description: The heritage is evaluated once, before the keys
---*/

var log = [];
var mixin = (Base) => (log.push("mixin"), class extends Base {});
class Mixed extends mixin(Array) {
  [(log.push("key"), "size")]() {
    return this.length;
  }
}
assert.sameValue(log.join(), "mixin,key");
assert.sameValue(new Mixed(1, 2, 3).size(), 3);
