/*---
description: An anonymous function in a field is named after the field
---*/

var key = Symbol("sym");
class Named {
  a = function () {};
  static b = () => {};
  #c = class {};
  [key] = () => {};
  static c(instance) {
    return instance.#c.name;
  }
}
var named = new Named();
assert.sameValue(named.a.name, "a");
assert.sameValue(Named.b.name, "b");
assert.sameValue(Named.c(named), "#c");
assert.sameValue(named[key].name, "[sym]");
