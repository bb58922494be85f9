/*---
description: A yield in finally delays the return
---*/

function* slow() {
  try {
    yield 1;
  } finally {
    yield "not yet";
  }
}
var it = slow();
it.next();
var delayed = it.return("end");
assert.sameValue(delayed.value + delayed.done, "not yetfalse");
var ended = it.next();
assert.sameValue(ended.value + ended.done, "endtrue");
