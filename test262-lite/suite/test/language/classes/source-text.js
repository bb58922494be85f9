/*---
description: toString answers the text of a class
---*/

class Text { a = 1; /* kept */ }
assert.sameValue(String(Text).startsWith("class Text"), true);
assert(String(Text).includes("a = 1"));
