/*---
description: with may stand on the next line
flags: [module]
---*/

import data from "./data.json"
  with
  { "type": 'json', };
assert.sameValue(data.list[0], 1);
