/*---
description: One place has one template object
---*/

var tag = (strings) => strings;
var at = () => tag`a${1}b`;
assert.sameValue(at(), at());
assert.notSameValue(at(), tag`a${1}b`);
assert(Object.isFrozen(at()) && Object.isFrozen(at().raw));
