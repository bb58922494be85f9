/*---
description: return() runs the finally blocks, which may await
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var log = [];
  async function* source() {
    try {
      yield 1;
    } finally {
      await null;
      log.push("cleaned");
    }
  }
  var it = source();
  await it.next();
  var end = await it.return(Promise.resolve("given"));
  assert.sameValue(end.value + end.done + log, "giventruecleaned");
});
