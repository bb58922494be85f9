/*---
description: The head of for await may destructure into anything
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var target = {};
  for await ({ a: target.x = 7, ...target.rest } of [{ b: 1 }, { a: 2, c: 3 }]);
  assert.sameValue(target.x, 2);
  assert.sameValue(JSON.stringify(target.rest), '{"c":3}');
});
