/*---
description: Writing what cannot be written throws
flags: [onlyStrict]
---*/

var frozen = Object.freeze({ a: 1 });
assert.throws(TypeError, () => { frozen.a = 2; });
assert.throws(TypeError, () => { frozen.b = 2; });
assert.throws(TypeError, () => { delete frozen.a; });
assert.throws(TypeError, () => { undefined = 1; });
assert.throws(TypeError, () => { "text".length = 1; });
assert.throws(TypeError, () => { ({ get a() { return 1; } }).a = 2; });
