/*---
description: break awaits the iterator's return
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var log = [];
  var source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ value: 1, done: false }),
      return: async () => {
        await null;
        log.push("closed");
        return {};
      },
    }),
  };
  for await (var _ of source) break;
  log.push("after");
  assert.sameValue(log.join(), "closed,after");
});
