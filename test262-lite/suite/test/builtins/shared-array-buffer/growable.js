/*---
description: One with a maximum can grow and not shrink
---*/

var shared = new SharedArrayBuffer(4, { maxByteLength: 16 });
var all = new Uint8Array(shared);
assert(shared.growable);
shared.grow(8);
assert.sameValue(all.length, 8);
assert.throws(RangeError, () => shared.grow(4));
assert.throws(RangeError, () => shared.grow(17));
assert.throws(TypeError, () => new SharedArrayBuffer(4).grow(4));
