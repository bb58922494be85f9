/*---
description: await, typeof and signs nest
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var one = Promise.resolve(1);
  assert.sameValue(-(await one), -1);
  assert.sameValue(typeof (await one), "number");
  assert.sameValue((await one) ** 2, 1);
  assert.sameValue((await one).constructor, Number);
  assert.sameValue(await (async () => await one)(), 1);
  assert.sameValue((await one, 2), 2);
  assert.sameValue(!await one, false);
});
