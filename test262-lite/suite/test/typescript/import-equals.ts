/*---
description: import = names a part of a namespace
flags: [module]
---*/

namespace Space {
  export const value = 1;
  export type T = number;
}
import V = Space.value;
import T = Space.T;
const typed: T = V;
assert.sameValue(typed, 1);
export {};
