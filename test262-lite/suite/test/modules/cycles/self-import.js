/*---
description: A module can import itself
flags: [module]
---*/

import * as self from "./self-import.js";
import { value as again } from "./self-import.js";
assert.throws(ReferenceError, () => again);
export const value = 1;
assert.sameValue(self.value, 1);
assert.sameValue(again, 1);
