/*---
description: What is declared by using cannot be assigned
---*/

assert.throws(TypeError, () => {
  using held = { [Symbol.dispose]() {} };
  held = 1;
});
