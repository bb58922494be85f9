/*---
description: A module that throws runs once, and each import gets the same error
flags: [module]
---*/

globalThis.runs = 0;
let first, second;
try {
  await import("./throws_FIXTURE.js");
} catch (error) {
  first = error;
}
try {
  await import("./imports-throws_FIXTURE.js");
} catch (error) {
  second = error;
}
assert.sameValue(globalThis.runs, 1);
assert(first instanceof RangeError);
assert.sameValue(first, second);
