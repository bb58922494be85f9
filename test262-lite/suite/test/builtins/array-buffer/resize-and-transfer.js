/*---
description: Buffers resize, and move with transfer
---*/

var buffer = new ArrayBuffer(4, { maxByteLength: 8 });
var view = new Uint8Array(buffer);
var fixed = new Uint8Array(buffer, 2, 2);
buffer.resize(8);
assert.sameValue(view.length, 8);
buffer.resize(3);
assert.sameValue(fixed.length, 0);
var moved = buffer.transfer(5);
assert(buffer.detached);
assert.sameValue(moved.byteLength, 5);
assert.throws(TypeError, () => new Uint8Array(buffer));
