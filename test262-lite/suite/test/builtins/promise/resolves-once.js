/*---
description: Only the first call of resolve or reject counts
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var promise = new Promise((resolve, reject) => {
    resolve(1);
    resolve(2);
    reject(new Error("late"));
    throw new Error("later");
  });
  assert.sameValue(await promise, 1);
  var self = new Promise((resolve) => queueMicrotask(() => resolve(self)));
  await assert.throwsAsync(TypeError, () => self);
});
