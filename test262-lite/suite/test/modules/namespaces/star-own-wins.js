/*---
description: An export of one's own hides one of the same name from a star
flags: [module]
---*/

import { a } from "./own-wins_FIXTURE.js";
assert.sameValue(a, "own");
