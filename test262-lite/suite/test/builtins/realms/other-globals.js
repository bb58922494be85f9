/*---
description: Another realm has other built-ins
---*/

var other = $262.createRealm().global;
assert.notSameValue(other.Array, Array);
assert.sameValue(other.eval("[]") instanceof Array, false);
assert(Array.isArray(other.eval("[]")));
assert.sameValue(other.Symbol.iterator, Symbol.iterator);
assert.sameValue(new other.Function("return typeof fetch")(), "undefined");
