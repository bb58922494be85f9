/*---
description: typeof of what is not declared is no error, unless it is in its dead zone
---*/

assert.sameValue(typeof nowhere, "undefined");
assert.throws(ReferenceError, () => {
  typeof later;
  let later;
});
