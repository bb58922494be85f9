/*---
description: The heads of loops have a scope of their own
---*/

assert.throws(ReferenceError, () => { for (let x of [x]); });
assert.throws(ReferenceError, () => { for (const x in { x }); });
var x = 1;
var seen = [];
for (let i = 0, add = () => i++; i < 2; i++) seen.push(() => i + (add(), 0));
assert.sameValue(seen.map((f) => f()).join(), "0,1");
