/*---
description: Atomics check index and type
---*/

assert.throws(RangeError, () => Atomics.load(new Int8Array(1), 1));
assert.throws(TypeError, () => Atomics.load(new Float64Array(1), 0));
assert.throws(TypeError, () => Atomics.wait(new Int32Array(1), 0, 0, 0));
assert.sameValue(Atomics.notify(new Int32Array(1), 0, 1), 0);
