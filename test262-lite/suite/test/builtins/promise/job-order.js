/*---
description: Reactions run in the order in which they were added, after the script
flags: [async]
---*/

var log = [];
Promise.resolve().then(() => log.push("a1")).then(() => log.push("a2")).then(() => log.push("a3"));
Promise.resolve().then(() => log.push("b1")).then(() => log.push("b2"));
queueMicrotask(() => log.push("m1"));
log.push("script");
setTimeout(() => {
  assert.sameValue(log.join(), "script,a1,b1,m1,a2,b2,a3");
  $DONE();
}, 0);
