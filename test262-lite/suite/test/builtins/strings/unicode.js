/*---
description: Strings are UTF-16, and can be checked and mended
---*/

assert.sameValue("🎈".length, 2);
assert.sameValue([..."a🎈"].length, 2);
assert.sameValue("\ud83c".isWellFormed(), false);
assert.sameValue("\ud83c".toWellFormed(), "\ufffd");
assert.sameValue("\u{1F388}".codePointAt(0), 0x1f388);
assert.sameValue("é" === "\u00e9", true);
