/*---
description: Derived promises are made by species
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  class Mine extends Promise {}
  var mine = Mine.resolve(1);
  assert(mine.then(() => {}) instanceof Mine);
  assert(Mine.all([1]) instanceof Mine);
  class Plain extends Promise {
    static get [Symbol.species]() {
      return Promise;
    }
  }
  assert.sameValue(Plain.resolve(1).then(() => {}) instanceof Plain, false);
  assert.sameValue(await mine, 1);
});
