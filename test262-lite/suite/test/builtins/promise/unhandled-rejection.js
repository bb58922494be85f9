/*---
description: An unhandled rejection is an event, and the program goes on
flags: [async]
---*/

addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  assert.sameValue(event.reason, "nobody");
  $DONE();
});
Promise.reject("nobody");
