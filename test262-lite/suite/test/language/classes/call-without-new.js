/*---
description: A class cannot be called
---*/

class Made {}
assert.throws(TypeError, () => Made());
assert.throws(TypeError, () => Made.call({}));
