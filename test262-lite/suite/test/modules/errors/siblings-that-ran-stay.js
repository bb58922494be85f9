/*---
description: What ran before the error has run
flags: [module]
---*/

globalThis.log = [];

try {
  await import("./second-throws_FIXTURE.js");
} catch (error) {
  globalThis.log.push(error.message);
}
await import("./first_FIXTURE.js");
assert.sameValue(globalThis.log.join(), "first,second");
