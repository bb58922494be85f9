/*---
description: An import without with, and a line that starts with a brace
flags: [module]
---*/

import { value } from "./plain_FIXTURE.js"
{ let value = 2; assert.sameValue(value, 2); }
assert.sameValue(value, 1);
