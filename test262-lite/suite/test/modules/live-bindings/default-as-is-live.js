/*---
description: "export { x as default } does change"
flags: [module]
---*/

import live, { change } from "./live-default_FIXTURE.js";
change();
assert.sameValue(live, "after");
