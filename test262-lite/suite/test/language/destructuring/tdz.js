/*---
description: A name in a pattern cannot be used before it is initialised
---*/

assert.throws(ReferenceError, () => { let { a = b, b } = {}; });
assert.throws(ReferenceError, () => { const [c = c] = []; });
let { d, e = d } = { d: 1 };
assert.sameValue(e, 1);
