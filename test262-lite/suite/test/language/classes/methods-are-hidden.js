/*---
description: Methods are not enumerable and have no prototype
includes: [propertyHelper.js]
---*/

class Hidden {
  method() {}
  static method() {}
}
assert.sameValue(Object.keys(Hidden.prototype).length, 0);
assert.sameValue("prototype" in Hidden.prototype.method, false);
verifyProperty(Hidden, "method", { writable: true, enumerable: false, configurable: true });
assert.throws(TypeError, () => new Hidden.prototype.method());
