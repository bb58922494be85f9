/*---
description: RegExp.escape makes a pattern of any text
---*/

assert(new RegExp("^" + RegExp.escape("a.b*[c]-1") + "$").test("a.b*[c]-1"));
assert.throws(TypeError, () => RegExp.escape(1));
