/*---
description: An optional call keeps this through parentheses
---*/

var object = {
  tag: "t",
  read() {
    return this?.tag;
  },
};
assert.sameValue(object.read?.(), "t");
assert.sameValue((object.read)?.(), "t");
assert.sameValue((object?.read)(), "t");
assert.sameValue(object.missing?.(Test262Error.thrower()), undefined);
