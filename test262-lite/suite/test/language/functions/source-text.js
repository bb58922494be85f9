/*---
description: toString answers the text as it was written
---*/

function   odd ( a,b ) { /* kept */ return a }
assert(/^function\s+odd/.test(String(odd)));
assert.sameValue(eval("(" + odd + ")")(7), 7);
var arrow = (x) => x * 2;
assert.sameValue(eval(String(arrow))(4), 8);
