/*---
description: Generator methods with computed and keyword names
---*/

var object = {
  *[Symbol.iterator]() {
    yield* [1, 2];
  },
  *yield() {
    yield "y";
  },
  async *later() {},
};
assert.sameValue([...object].join(), "1,2");
assert.sameValue([...object.yield()].join(), "y");
assert.sameValue(object.later()[Symbol.toStringTag], "AsyncGenerator");
