/*---
description: raw is the text as it is written
---*/

var tag = (strings, ...values) => strings.raw.join("|") + values;
assert.sameValue(tag`\n\u0041${1}\\`, "\\n\\u0041|\\\\1");
assert.sameValue(String.raw`a\${"b"}`, 'a\\${"b"}');
assert.sameValue(String.raw`\x41`, "\\x41");
