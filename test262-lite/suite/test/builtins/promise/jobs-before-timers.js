/*---
description: All jobs run before the next timer
flags: [async]
---*/

var log = [];
setTimeout(() => {
  log.push("t1");
  Promise.resolve().then(() => log.push("job of t1"));
}, 0);
setTimeout(() => {
  log.push("t2");
  assert.sameValue(log.join(), "job,job of job,t1,job of t1,t2");
  $DONE();
}, 0);
Promise.resolve().then(() => {
  log.push("job");
  Promise.resolve().then(() => log.push("job of job"));
});
