/*---
description: A module is compiled, instantiated and called
---*/

var bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);
var module = new WebAssembly.Module(bytes);
var { add } = new WebAssembly.Instance(module).exports;
assert.sameValue(add(2, 3), 5);
assert.sameValue(add(0x7fffffff, 1), -0x80000000);
assert.sameValue(JSON.stringify(WebAssembly.Module.exports(module)), '[{"name":"add","kind":"function"}]');
