/*---
description: Line ends of a template are line feeds, however they are written
---*/

var text = eval("`a\r\nb\rc`");
assert.sameValue(text, "a\nb\nc");
assert.sameValue(eval("String.raw`a\r\nb`"), "a\nb");
assert.sameValue(`line
next`, "line\nnext");
