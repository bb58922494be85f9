/*---
description: waitAsync may time out
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var array = new Int32Array(new SharedArrayBuffer(4));
  assert.sameValue(await Atomics.waitAsync(array, 0, 0, 5).value, "timed-out");
});
