/*---
description: A module can import itself
flags: [module]
---*/

import * as self from "./self-import.js";
import { Value as Again } from "./self-import.js";
assert.sameValue(Again, undefined);
export class Value {}
assert.sameValue(new self.Value() instanceof Again, true);
assert.sameValue(self.Value, Again);
