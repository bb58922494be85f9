/*---
description: What a module imports must be there, and is called with numbers
---*/

var bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 1, 127, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 3, 2, 1, 0, 7, 7, 1, 3, 114, 117, 110, 0, 1, 10, 8, 1, 6, 0, 32, 0, 16, 0, 11]);
var module = new WebAssembly.Module(bytes);
assert.throws(WebAssembly.LinkError, () => new WebAssembly.Instance(module, { m: { f: 1 } }));
assert.throws(TypeError, () => new WebAssembly.Instance(module));
var seen = [];
new WebAssembly.Instance(module, { m: { f: (x) => seen.push(x) } }).exports.run(4.7);
assert.sameValue(seen.join(), "4");
