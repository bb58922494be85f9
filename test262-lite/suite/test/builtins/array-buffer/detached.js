/*---
description: A detached buffer has no length, and its views have none
---*/

var buffer = new ArrayBuffer(8);
var view = new Uint8Array(buffer);
$262.detachArrayBuffer(buffer);
assert.sameValue(buffer.byteLength + view.length, 0);
assert.sameValue(view[0], undefined);
assert.throws(TypeError, () => buffer.slice(0));
assert.throws(TypeError, () => view.fill(1));
