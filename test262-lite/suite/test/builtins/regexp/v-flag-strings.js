/*---
description: The v flag has properties and alternatives of several characters
---*/

assert(/^\p{RGI_Emoji}$/v.test("👨‍👩‍👧"));
assert(/^[\q{abc|d}x]$/v.test("abc"));
assert.sameValue(/^\p{Emoji_Keycap_Sequence}$/v.test("4️⃣"), true);
assert.throws(SyntaxError, () => new RegExp("\\p{RGI_Emoji}", "u"));
