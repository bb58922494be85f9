/*---
description: wait throws where a thread must not block
flags: [CanBlockIsFalse]
---*/

var array = new Int32Array(new SharedArrayBuffer(4));
assert.throws(TypeError, () => Atomics.wait(array, 0, 0, 5));
