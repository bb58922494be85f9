/*---
description: Attributes may be empty and end in a comma
flags: [module]
---*/

import { value } from "./plain_FIXTURE.js" with {};
export { value as again } from "./plain_FIXTURE.js" with {};
const { value: dynamic } = await import("./plain_FIXTURE.js", {},);
assert.sameValue(value + dynamic, 2);
