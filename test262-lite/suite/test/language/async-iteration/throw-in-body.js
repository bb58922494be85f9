/*---
description: An error of the body wins over an error of return
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ value: 1, done: false }),
      return: () => Promise.reject(new TypeError("return")),
    }),
  };
  await assert.throwsAsync(RangeError, async () => {
    for await (var _ of source) throw new RangeError("body");
  });
  await assert.throwsAsync(TypeError, async () => {
    for await (var _ of source) break;
  });
});
