/*---
description: Grouping and the arithmetic of sets
---*/

var groups = Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even"));
assert.sameValue(Object.getPrototypeOf(groups), null);
assert.sameValue(groups.odd.join(), "1,3");
var a = new Set([1, 2, 3]);
var b = new Set([3, 4]);
assert.sameValue([...a.union(b)].join() + "|" + [...a.intersection(b)] + "|" + [...a.symmetricDifference(b)], "1,2,3,4|3|1,2,4");
assert(a.isSupersetOf(new Set([1])));
