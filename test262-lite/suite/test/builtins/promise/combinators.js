/*---
description: all, allSettled, any and race
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var no = () => Promise.reject(new RangeError("no"));
  assert.sameValue((await Promise.all([1, Promise.resolve(2)])).join(), "1,2");
  assert.sameValue((await Promise.allSettled([1, no()])).map((one) => one.status).join(), "fulfilled,rejected");
  assert.sameValue(await Promise.any([no(), 3]), 3);
  assert.sameValue(await Promise.race([new Promise(() => {}), 4]), 4);
  var error = await assert.throwsAsync(AggregateError, () => Promise.any([no(), no()]));
  assert.sameValue(error.errors.length, 2);
});
