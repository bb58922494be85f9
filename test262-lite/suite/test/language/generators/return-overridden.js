/*---
description: A return in finally wins over the value of return()
---*/

function* stubborn() {
  try {
    yield 1;
  } finally {
    return "mine";
  }
}
var it = stubborn();
it.next();
assert.sameValue(it.return("yours").value, "mine");
