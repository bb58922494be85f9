/*---
description: await using waits for asyncDispose
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var log = [];
  {
    await using a = { [Symbol.asyncDispose]: async () => { await null; log.push("a"); } };
    await using b = { [Symbol.dispose]: () => void log.push("b") };
    await using nothing = null;
    log.push("body");
  }
  log.push("after");
  assert.sameValue(log.join(), "body,b,a,after");
});
