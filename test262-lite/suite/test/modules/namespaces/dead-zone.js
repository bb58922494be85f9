/*---
description: Reading an export of a namespace in its dead zone throws
flags: [module]
---*/

import * as self from "./dead-zone.js";
assert.throws(ReferenceError, () => self.later);
assert.throws(ReferenceError, () => Object.keys(self));
assert.sameValue("later" in self, true);
export let later = 1;
assert.sameValue(Object.keys(self).join(), "later");
