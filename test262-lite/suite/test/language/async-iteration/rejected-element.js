/*---
description: A rejected element of a plain iterable closes it
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var closed = 0;
  function* source() {
    try {
      yield Promise.reject(new RangeError("element"));
    } finally {
      closed += 1;
    }
  }
  await assert.throwsAsync(RangeError, async () => {
    for await (var _ of source());
  });
  assert.sameValue(closed, 1);
});
