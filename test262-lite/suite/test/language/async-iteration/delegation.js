/*---
description: "yield* in an async generator takes async and plain iterables"
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  async function* inner() {
    yield 1;
    return "inner";
  }
  async function* outer() {
    var result = yield* inner();
    yield result;
    yield* [Promise.resolve(2), 3];
  }
  var seen = [];
  for await (var value of outer()) seen.push(value);
  assert.sameValue(seen.join(), "1,inner,2,3");
});
