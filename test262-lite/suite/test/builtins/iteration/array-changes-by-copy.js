/*---
description: with, toSorted, toSpliced, at, findLast and fromAsync
flags: [async]
includes: [asyncHelpers.js, compareArray.js]
---*/

asyncTest(async () => {
  var array = [3, 1, 2];
  assert.compareArray(array.toSorted(), [1, 2, 3]);
  assert.compareArray(array.with(-1, 9), [3, 1, 9]);
  assert.compareArray(array.toSpliced(0, 2, "x"), ["x", 2]);
  assert.compareArray(array, [3, 1, 2]);
  assert.sameValue(array.at(-1) + array.findLast((n) => n > 2), 5);
  assert.compareArray(await Array.fromAsync([1, Promise.resolve(2)]), [1, 2]);
});
