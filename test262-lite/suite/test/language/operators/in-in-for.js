/*---
description: in inside a for's head keeps its parentheses
---*/

var object = { a: 1 };
for (var found = ("a" in object), i = 0; i < 1; i++);
assert(found);
for (var arrow = () => { return "a" in object; }; i < 2; i++);
assert(arrow());
for (var x = (("b" in object) ? 1 : 2); i < 3; i++);
assert.sameValue(x, 2);
