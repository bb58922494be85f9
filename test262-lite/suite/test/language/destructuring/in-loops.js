/*---
description: Loop heads take patterns
---*/

var seen = [];
for (var [key, { v = 7 }] of Object.entries({ a: {}, b: { v: 1 } })) seen.push(key + v);
for (let { length: n } = "abc", i = 0; i < n; i++) seen.push(i);
for (var { length: letters } in { four: 1 }) seen.push(letters);
assert.sameValue(seen.join(), "a7,b1,0,1,2,4");
