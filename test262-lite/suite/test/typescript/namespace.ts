/*---
description: Namespaces merge and export live variables
---*/

namespace Space {
  export let count = 1;
  export const bump = () => ++count;
  const hidden = "hidden";
  export namespace Inner.Most {
    export const read = () => hidden + count;
  }
}
namespace Space {
  export const twice = () => Space.count * 2;
}
Space.bump();
assert.sameValue(Space.count + Space.Inner.Most.read() + Space.twice(), "2hidden24");
function merged() {}
namespace merged {
  export const extra = 1;
}
assert.sameValue(merged.extra, 1);
namespace OnlyTypes {
  export type T = string;
}
assert.sameValue(typeof OnlyTypes, "undefined");
