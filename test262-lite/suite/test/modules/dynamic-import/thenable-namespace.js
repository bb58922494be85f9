/*---
description: A module that exports then is asked like any thenable
flags: [module]
---*/

const answer = await import("./then_FIXTURE.js");
assert.sameValue(answer, "from then");
