/*---
description: Strings in all their spellings
---*/

assert.sameValue("\x41\u0042\u{43}\u{1F388}", "ABC🎈");
assert.sameValue("\u{1F388}".length, 2);
assert.sameValue('\'"' + "\"'", `'""'`);
assert.sameValue("a\
b", "ab");
assert.sameValue("\b\f\v\0".length, 4);
assert.sameValue("\q\a", "qa");
assert.sameValue("\u2028".length + "\u2029".length, 2);
assert.sameValue("</script>", "<" + "/script>");
