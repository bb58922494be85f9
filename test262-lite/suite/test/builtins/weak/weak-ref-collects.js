/*---
description: A WeakRef lets go of what nobody holds
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var ref = (() => new WeakRef({ big: new Array(100) }))();
  for (let turn = 0; turn < 50 && ref.deref() !== undefined; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    $262.gc();
  }
  assert.sameValue(ref.deref(), undefined);
});
