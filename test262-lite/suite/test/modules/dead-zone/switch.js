/*---
description: The cases of a switch share one scope
---*/

assert.throws(ReferenceError, () => {
  switch (1) {
    case 0:
      let a = 1;
    case 1:
      a;
  }
});
