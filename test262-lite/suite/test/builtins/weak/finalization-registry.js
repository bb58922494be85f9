/*---
description: A registry is told what was collected
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var told = [];
  var registry = new FinalizationRegistry((held) => told.push(held));
  (() => registry.register({}, "held"))();
  for (let turn = 0; turn < 100 && told.length === 0; turn += 1) {
    $262.gc();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.sameValue(told.join(), "held");
});
