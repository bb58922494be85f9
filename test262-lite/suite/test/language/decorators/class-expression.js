/*---
description: Class expressions are decorated too
---*/

var tag = (name) => (Class) => void (Class.tag = name);
var Tagged = @tag("t") class {};
assert.sameValue(Tagged.tag, "t");
