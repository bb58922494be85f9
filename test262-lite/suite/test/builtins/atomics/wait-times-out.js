/*---
description: wait answers why it ended
---*/

var array = new Int32Array(new SharedArrayBuffer(4));
assert.sameValue(Atomics.wait(array, 0, 1, 1000), "not-equal");
assert.sameValue(Atomics.wait(array, 0, 0, 5), "timed-out");
