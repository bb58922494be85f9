/*---
description: Resolving with a promise takes two turns more
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var log = [];
  new Promise((resolve) => resolve(Promise.resolve())).then(() => log.push("nested"));
  Promise.resolve().then(() => log.push(1)).then(() => log.push(2)).then(() => log.push(3)).then(() => log.push(4));
  await turns(6);
  assert.sameValue(log.join(), "1,2,nested,3,4");
});
