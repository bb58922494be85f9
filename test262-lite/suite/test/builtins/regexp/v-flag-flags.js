/*---
description: v and u exclude each other, and each has its getter
---*/

assert.throws(SyntaxError, () => new RegExp("", "uv"));
assert.sameValue(/a/v.unicodeSets, true);
assert.sameValue(/a/v.unicode, false);
assert.sameValue(/a/dgimsvy.flags, "dgimsvy");
assert.throws(SyntaxError, () => new RegExp("[(]", "v"));
