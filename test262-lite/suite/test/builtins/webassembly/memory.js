/*---
description: Memory grows, and detaches its buffer by that
---*/

var memory = new WebAssembly.Memory({ initial: 1, maximum: 3 });
var before = memory.buffer;
assert.sameValue(before.byteLength, 65536);
assert.sameValue(memory.grow(1), 1);
assert.sameValue(before.byteLength, 0);
assert.sameValue(memory.buffer.byteLength, 131072);
assert.throws(RangeError, () => memory.grow(2));
