/*---
description: source shows the text of the literal, whatever it is made of
---*/

assert.sameValue(/[/]\/é🎈/u.source, "[/]\\/é🎈");
assert.sameValue(String(/a\u{1F388}/u), "/a\\u{1F388}/u");
assert.sameValue(new RegExp("/").source, "\\/");
assert.sameValue(new RegExp("\n").source, "\\n");
assert.sameValue(/[\]/]/.test("]"), true);
