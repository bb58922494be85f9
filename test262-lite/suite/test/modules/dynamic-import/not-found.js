/*---
description: A module that is not there is a rejection where the program is prepared for it
flags: [module]
---*/

let caught;
try {
  await import("./is-not-there_FIXTURE.js");
} catch (error) {
  caught = error;
}
assert(caught instanceof TypeError);
