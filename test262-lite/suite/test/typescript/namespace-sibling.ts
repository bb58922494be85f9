/*---
description: A block of a namespace sees what the blocks before it export
---*/

namespace Space {
  export let count = 1;
}
namespace Space {
  export const twice = () => count * 2;
}
Space.count = 4;
assert.sameValue(Space.twice(), 8);
