/*---
description: An exported default function can be called before its line
flags: [module]
---*/

import self from "./default-function-hoisted.js";
assert.sameValue(self(), 5);
assert.sameValue(self.name, "default");
export default function () {
  return 5;
}
