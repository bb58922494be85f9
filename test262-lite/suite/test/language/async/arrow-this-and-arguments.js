/*---
description: An async arrow has the this and the arguments around it
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  function outer() {
    return async () => [this.tag, arguments.length];
  }
  var [tag, count] = await outer.call({ tag: "t" }, 1, 2)();
  assert.sameValue(tag + count, "t2");
});
