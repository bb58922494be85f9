/*---
description: for await awaits each value of a plain iterable
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var seen = [];
  for await (var value of [Promise.resolve(1), 2, Promise.resolve(3)]) seen.push(value);
  assert.sameValue(seen.join(), "1,2,3");
});
