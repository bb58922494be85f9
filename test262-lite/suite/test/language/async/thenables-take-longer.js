/*---
description: A thenable is asked in a job of its own
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var log = [];
  (async () => {
    await { then: (resolve) => (log.push("then"), resolve()) };
    log.push("thenable");
  })();
  (async () => {
    await 1;
    log.push("value 1");
    await 1;
    log.push("value 2");
  })();
  await turns(5);
  assert.sameValue(log.join(), "then,value 1,thenable,value 2");
});
