/*---
description: The last definition of a name wins, with halves put together
---*/

var object = {
  a: 1,
  get a() {
    return 2;
  },
  set a(_) {},
  set b(_) {},
  b: 3,
};
assert.sameValue(object.a, 2);
assert.sameValue(typeof Object.getOwnPropertyDescriptor(object, "a").set, "function");
assert.sameValue(object.b, 3);
