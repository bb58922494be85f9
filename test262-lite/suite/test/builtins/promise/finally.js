/*---
description: finally keeps value and error, and waits
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  assert.sameValue(await Promise.resolve(1).finally(() => 2), 1);
  await assert.throwsAsync(RangeError, () => Promise.reject(new RangeError()).finally(() => 2));
  await assert.throwsAsync(TypeError, () => Promise.resolve(1).finally(() => Promise.reject(new TypeError())));
});
