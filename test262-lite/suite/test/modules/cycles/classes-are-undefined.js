/*---
description: Classes and default exports are var, as in the bundles that PartyKit makes
flags: [module]
---*/

import { found } from "./classes-are-undefined-user_FIXTURE.js";
import * as self from "./classes-are-undefined.js";
assert.sameValue(found, "undefinedundefined");
assert.sameValue(Object.keys(self).join(), "Later,default");
assert.sameValue(self.Later, undefined);
export class Later {
  static self = Later;
  make() { return new Later(); }
}
export default [1];
assert.sameValue(Later.self, Later);
assert.sameValue(Later.name, "Later");
assert.sameValue(new Later().make() instanceof self.Later, true);
assert.sameValue(self.default[0], 1);
{
  assert.throws(ReferenceError, () => Inner);
  class Inner {}
}
assert.throws(ReferenceError, () => {
  Local;
  class Local {}
});
