/*---
description: raw keeps characters and escapes apart
---*/

var tag = (strings) => strings.raw[0];
assert.sameValue(tag`é`.length, 1);
assert.sameValue(tag`\u00e9`.length, 6);
assert.sameValue(`é`, "\u00e9");
assert.sameValue(tag`🎈`, "\ud83c\udf88");
