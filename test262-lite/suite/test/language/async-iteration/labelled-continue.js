/*---
description: continue with a label leaves the inner loop properly
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var closed = 0;
  async function* source() {
    try {
      yield 1;
      yield 2;
    } finally {
      closed += 1;
    }
  }
  var seen = [];
  outer: for (var i = 0; i < 2; i++) {
    for await (var value of source()) {
      seen.push(i + ":" + value);
      continue outer;
    }
  }
  assert.sameValue(seen.join() + closed, "0:1,1:12");
});
