/*---
description: An error while the specifier is made is a rejection
flags: [module]
---*/

let caught;
const promise = import({
  toString() {
    throw new RangeError("specifier");
  },
});
await promise.catch((error) => (caught = error));
assert(caught instanceof RangeError);
