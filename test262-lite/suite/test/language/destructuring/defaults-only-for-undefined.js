/*---
description: A default stands in for undefined only
---*/

var { a = 1, b = 1, c = 1 } = { a: null, b: undefined, c: 0 };
assert.sameValue([a, b, c].join(), ",1,0");
