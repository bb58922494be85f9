/*---
description: ?? stops at what is neither null nor undefined
---*/

var calls = 0;
var count = () => ++calls;
assert.sameValue(0 ?? count(), 0);
assert.sameValue("" ?? count(), "");
assert.sameValue(null ?? undefined ?? count(), 1);
assert.sameValue((null || undefined) ?? 2, 2);
