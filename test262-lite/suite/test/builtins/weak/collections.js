/*---
description: Weak collections take objects and symbols that are not registered
---*/

var map = new WeakMap();
var symbol = Symbol("key");
map.set(symbol, 1).set(map, 2);
assert.sameValue(map.get(symbol) + map.get(map), 3);
assert.throws(TypeError, () => map.set(Symbol.for("registered"), 1));
assert.throws(TypeError, () => new WeakSet().add("text"));
assert.sameValue(new WeakSet([map]).has(map), true);
