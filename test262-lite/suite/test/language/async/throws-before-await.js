/*---
description: An error before the first await is a rejection
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var run = async (value = Test262Error.thrower("default")) => value;
  var promise = run();
  assert(promise instanceof Promise);
  await assert.throwsAsync(Test262Error, () => promise);
});
