/*---
description: catch takes a pattern, and its variables stay there
---*/

try {
  throw { code: 4, inner: [5] };
} catch ({ code, inner: [first], missing = 6 }) {
  var found = [code, first, missing].join();
}
assert.sameValue(found, "4,5,6");
assert.sameValue(typeof code, "undefined");
