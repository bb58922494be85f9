/*---
description: withResolvers and try
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var { promise, resolve } = Promise.withResolvers();
  resolve("r");
  assert.sameValue(await promise, "r");
  assert.sameValue(await Promise.try((a, b) => a + b, 1, 2), 3);
  await assert.throwsAsync(RangeError, () => Promise.try(() => { throw new RangeError(); }));
});
