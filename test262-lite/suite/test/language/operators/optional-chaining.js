/*---
description: A chain ends at the first nullish link, with all that follows
---*/

var calls = 0;
var none = null;
var object = { a: { f() { return this === object.a; } }, z: 0 };
assert.sameValue(none?.[calls++].x.y(calls++), undefined);
assert.sameValue(calls, 0);
assert(object?.a.f());
assert(object.a?.["f"]?.());
assert((object?.a).f());
assert.throws(TypeError, () => (none?.a).b);
assert.sameValue(delete none?.a, true);
assert.sameValue(object.z?.toFixed(1), "0.0");
assert.sameValue(true?.5:1, .5);
