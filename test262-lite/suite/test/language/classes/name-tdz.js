/*---
description: A class cannot be used in its own heritage
---*/

assert.throws(ReferenceError, function () {
  class Self extends Self {}
});
