/*---
description: The built-ins are V8's own, not wrapped
---*/

for (var f of [Array.prototype.map, Promise, Promise.prototype.then, Object.keys, JSON.parse, Date, Map, eval, Function.prototype.call]) {
  assert(/\[native code\]/.test(Function.prototype.toString.call(f)), f.name);
}
assert.sameValue(Promise.length, 1);
assert.sameValue(Function.prototype.call.length, 1);
