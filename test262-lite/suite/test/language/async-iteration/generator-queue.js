/*---
description: Calls of an async generator queue up
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  async function* numbers() {
    yield 1;
    await null;
    yield 2;
    return 3;
  }
  var it = numbers();
  var results = await Promise.all([it.next(), it.next(), it.next(), it.next()]);
  assert.sameValue(JSON.stringify(results), JSON.stringify([
    { value: 1, done: false },
    { value: 2, done: false },
    { value: 3, done: true },
    { done: true },
  ].map(({ value, done }) => ({ value, done }))));
});
