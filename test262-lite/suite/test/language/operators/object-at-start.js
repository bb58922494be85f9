/*---
description: An object or a function at the start of a statement keeps its parentheses
---*/

({}).constructor;
({ a: 1 }).a;
(function () {}).call();
(class {}).name;
var arrow = () => ({ a: 1 });
assert.sameValue(arrow().a, 1);
var member = () => ({ a: 2 }).a;
assert.sameValue(member(), 2);
var assigned = () => ({}.x = 3);
assert.sameValue(assigned(), 3);
