/*---
description: A namespace has all its names before they have values
flags: [module]
---*/

import * as self from "./before-values.js";
assert.sameValue(self.Later, undefined);
assert.sameValue(Object.keys(self).join(), "Later");
assert.sameValue("Later" in self, true);
export class Later {}
assert.sameValue(self.Later, Later);
