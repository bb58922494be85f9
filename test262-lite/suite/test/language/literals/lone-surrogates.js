/*---
description: A string may hold half a character
---*/

assert.sameValue("\ud800".length, 1);
assert.sameValue("\ud800".charCodeAt(0), 0xd800);
assert.sameValue("\udc00\ud800".charCodeAt(1), 0xd800);
assert.sameValue(`\ud83c`.charCodeAt(0), 0xd83c);
var object = { "\udfff": 1 };
assert.sameValue(Object.keys(object)[0].charCodeAt(0), 0xdfff);
