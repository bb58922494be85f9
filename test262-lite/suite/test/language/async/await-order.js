/*---
description: await takes one turn for values and native promises alike
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var log = [];
  var one = (async () => {
    log.push("a1");
    await null;
    log.push("a2");
    await Promise.resolve();
    log.push("a3");
  })();
  var two = (async () => {
    log.push("b1");
    await Promise.resolve();
    log.push("b2");
    await 1;
    log.push("b3");
  })();
  await one;
  await two;
  assert.sameValue(log.join(), "a1,b1,a2,b2,a3,b3");
});
