/*---
description: An assignment to nothing is an error
flags: [onlyStrict]
---*/

assert.throws(ReferenceError, () => { nowhere = 1; });
assert.sameValue(typeof nowhere, "undefined");
