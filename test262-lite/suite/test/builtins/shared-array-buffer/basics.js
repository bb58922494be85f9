/*---
description: A SharedArrayBuffer is no ArrayBuffer, and cannot be detached
---*/

var shared = new SharedArrayBuffer(8);
assert.sameValue(Object.prototype.toString.call(shared), "[object SharedArrayBuffer]");
assert.sameValue(shared instanceof ArrayBuffer, false);
assert.sameValue(shared.slice(2, 6).byteLength, 4);
assert.throws(TypeError, () => $262.detachArrayBuffer(shared));
new Uint8Array(shared)[0] = 7;
assert.sameValue(new DataView(shared).getUint8(0), 7);
