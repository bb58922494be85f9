/*---
description: A species that is null is the default
---*/

class Mine extends Array {
  static get [Symbol.species]() {
    return null;
  }
}
assert.sameValue(Mine.of(1).map((x) => x).constructor, Array);
var array = [1];
array.constructor = { [Symbol.species]: undefined };
assert(Array.isArray(array.concat([])));
