/*---
description: What a decorator answers must be a function
---*/

assert.throws(TypeError, () => {
  class Wrong {
    @(() => 1) method() {}
  }
});
assert.throws(TypeError, () => {
  class Wrong {
    @(1) method() {}
  }
});
