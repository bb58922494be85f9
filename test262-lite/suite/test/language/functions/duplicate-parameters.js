/*---
description: Sloppy functions may repeat a parameter
flags: [noStrict]
---*/

function last(a, a) {
  return a;
}
assert.sameValue(last(1, 2), 2);
