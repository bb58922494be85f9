/*---
description: A loop over resources disposes of each before the next
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var log = [];
  var resource = (name) => ({ name, [Symbol.asyncDispose]: async () => void log.push("-" + name) });
  for (await using item of [resource("a"), resource("b")]) log.push(item.name);
  assert.sameValue(log.join(), "a,-a,b,-b");
});
