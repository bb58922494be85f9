/*---
description: An await in finally is waited for, and does not lose the error
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var log = [];
  var run = async () => {
    try {
      throw new EvalError("kept");
    } finally {
      await null;
      log.push("cleaned");
    }
  };
  await assert.throwsAsync(EvalError, run);
  assert.sameValue(log.join(), "cleaned");
});
