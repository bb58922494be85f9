/*---
description: Atomics work on BigInts of 64 bits
---*/

var array = new BigInt64Array(new SharedArrayBuffer(16));
assert.sameValue(Atomics.sub(array, 1, 1n), 0n);
assert.sameValue(Atomics.load(array, 1), -1n);
assert.throws(TypeError, () => Atomics.add(array, 0, 1));
