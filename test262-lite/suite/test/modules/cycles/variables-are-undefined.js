/*---
description: Outside of functions const and let are var, as in the bundles that PartyKit makes
flags: [module]
---*/

import { found } from "./variables-are-undefined-user_FIXTURE.js";
import * as self from "./variables-are-undefined.js";
assert.sameValue(found, "undefinedundefined");
assert.sameValue(Object.keys(self).join(), "constant,variable");
export const constant = 1;
export let variable = 2;
assert.sameValue(constant + variable, 3);
{
  assert.throws(ReferenceError, () => inner);
  let inner;
}
assert.throws(ReferenceError, () => {
  local;
  const local = 1;
});
