/*---
description: A sign of decorators in strings, comments and templates is none
---*/

// @decorator
var text = "@" + `@${"x"}@`;
class Mail {
  /* @not */ address = "a@b";
}
assert.sameValue(text + new Mail().address, "@@x@a@b");
