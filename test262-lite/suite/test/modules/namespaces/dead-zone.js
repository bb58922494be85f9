/*---
description: Reading an export of a namespace in its dead zone throws
flags: [module]
---*/

import * as self from "./dead-zone.js";
assert.throws(ReferenceError, () => self.Later);
assert.throws(ReferenceError, () => Object.keys(self));
assert.sameValue("Later" in self, true);
export class Later {}
assert.sameValue(Object.keys(self).join(), "Later");
