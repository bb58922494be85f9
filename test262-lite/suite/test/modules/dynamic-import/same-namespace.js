/*---
description: "import() answers the namespace that import * has"
flags: [module]
---*/

import * as stat from "./value_FIXTURE.js";
const one = await import("./value_FIXTURE.js");
const [two, three] = await Promise.all([import("./value_FIXTURE.js"), import(`./value_FIXTURE.js`)]);
assert(one === stat && two === stat && three === stat);
