/*---
description: In strict code the assignment throws
flags: [onlyStrict]
---*/

assert.throws(TypeError, function self() {
  self = 1;
});
