/*---
description: A generator's closures see the variable of their own iteration
---*/

function* makers() {
  for (let i = 0; i < 3; i++) yield () => i;
}
assert.sameValue([...makers()].map((f) => f()).join(), "0,1,2");
