/*---
description: A clone shares the memory
---*/

var shared = new SharedArrayBuffer(4);
var clone = structuredClone(shared);
new Uint8Array(shared)[0] = 5;
assert.notSameValue(clone, shared);
assert.sameValue(new Uint8Array(clone)[0], 5);
