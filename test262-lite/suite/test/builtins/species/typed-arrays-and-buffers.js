/*---
description: So do those of typed arrays and buffers
---*/

class Bytes extends Uint8Array {}
assert(new Bytes(4).subarray(1) instanceof Bytes);
assert(new Bytes(4).map((x) => x) instanceof Bytes);
class Buffer extends ArrayBuffer {}
assert(new Buffer(8).slice(4) instanceof Buffer);
assert.sameValue(new Buffer(8).slice(4).byteLength, 4);
