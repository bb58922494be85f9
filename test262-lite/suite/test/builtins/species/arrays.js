/*---
description: Array methods make what species says
---*/

class Mine extends Array {}
class Plain extends Array {
  static get [Symbol.species]() {
    return Array;
  }
}
assert(Mine.of(1).map((x) => x) instanceof Mine);
assert(Mine.of(1).filter(Boolean) instanceof Mine);
assert.sameValue(Plain.of(1, 2).slice(1) instanceof Plain, false);
assert.sameValue(Mine.of(2, 1).toSorted() instanceof Mine, false);
assert(Mine.from([1]) instanceof Mine);
