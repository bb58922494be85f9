/*---
description: delete and void bind as signs do
---*/

var object = { a: { b: 1 } };
assert.sameValue(delete object.a.b, true);
assert.sameValue("b" in object.a, false);
assert.sameValue(void 0 === undefined, true);
assert.sameValue(typeof void object.a, "undefined");
assert.sameValue((delete object.a, object.a), undefined);
