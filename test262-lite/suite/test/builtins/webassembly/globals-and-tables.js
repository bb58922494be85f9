/*---
description: Globals are mutable on demand; tables hold functions
---*/

var global = new WebAssembly.Global({ value: "i64", mutable: true }, 1n);
global.value = 2n;
assert.sameValue(global.value, 2n);
assert.throws(TypeError, () => { new WebAssembly.Global({ value: "i32" }, 1).value = 2; });
var table = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
assert.sameValue(table.get(0), null);
assert.throws(TypeError, () => table.set(0, () => {}));
assert.throws(RangeError, () => table.get(1));
