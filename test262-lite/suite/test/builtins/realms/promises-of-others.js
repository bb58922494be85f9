/*---
description: Promises of another realm can be awaited
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var other = $262.createRealm();
  assert.sameValue(await other.evalScript("Promise.resolve(7)"), 7);
  await assert.throwsAsync(RangeError, async () => {
    try {
      await other.evalScript("Promise.reject(new RangeError('x'))");
    } catch (error) {
      throw new RangeError(error.message);
    }
  });
});
