/*---
description: A static member called name replaces the name of the class
---*/

var named = class {
  static name = "own";
};
var method = class {
  static name() {
    return 1;
  }
};
assert.sameValue(named.name, "own");
assert.sameValue(method.name(), 1);
