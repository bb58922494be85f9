/*---
description: Atomics read, change and answer the value before
---*/

var array = new Int32Array(new SharedArrayBuffer(16));
assert.sameValue(Atomics.add(array, 0, 5), 0);
assert.sameValue(Atomics.sub(array, 0, 1), 5);
assert.sameValue(Atomics.exchange(array, 0, 12), 4);
assert.sameValue(Atomics.compareExchange(array, 0, 12, 3), 12);
assert.sameValue(Atomics.or(array, 0, 4), 3);
assert.sameValue(Atomics.and(array, 0, 6), 7);
assert.sameValue(Atomics.xor(array, 0, 1), 6);
assert.sameValue(Atomics.load(array, 0), 7);
assert.sameValue(Atomics.store(array, 0, 1.9), 1);
assert(Atomics.isLockFree(4));
