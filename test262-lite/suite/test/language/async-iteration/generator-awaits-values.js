/*---
description: An async generator awaits what it yields and returns
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  async function* later() {
    yield Promise.resolve("y");
    return Promise.resolve("r");
  }
  var it = later();
  assert.sameValue((await it.next()).value, "y");
  var end = await it.next();
  assert.sameValue(end.value + end.done, "rtrue");
});
