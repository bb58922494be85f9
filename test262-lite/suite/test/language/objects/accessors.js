/*---
description: Getters and setters with keywords, numbers and computed names
includes: [propertyHelper.js]
---*/

var object = {
  get get() {
    return "g";
  },
  set set(v) {
    this.v = v;
  },
  get 0x10() {
    return 16;
  },
  get ["a" + "b"]() {
    return "ab";
  },
  get: undefined,
};
assert.sameValue(object.get, undefined);
object.set = 3;
assert.sameValue([object.v, object[16], object.ab].join(), "3,16,ab");
verifyProperty(object, "ab", { enumerable: true, configurable: true, set: undefined });
