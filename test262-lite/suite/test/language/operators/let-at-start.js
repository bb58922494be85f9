/*---
description: let as a name keeps its parentheses
flags: [noStrict]
---*/

var let = [1];
(let)[0] = 2;
var of = 3;
for (of of [4]);
for ((let) of [[5]]);
for ((let)[0] = 6; false;);
assert.sameValue(let[0] + of, 10);
