/*---
description: waitAsync answers with a promise that notify resolves
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var array = new Int32Array(new SharedArrayBuffer(4));
  assert.sameValue(Atomics.waitAsync(array, 0, 1).value, "not-equal");
  var { async, value } = Atomics.waitAsync(array, 0, 0);
  assert(async);
  assert.sameValue(Atomics.notify(array, 0), 1);
  assert.sameValue(await value, "ok");
});
