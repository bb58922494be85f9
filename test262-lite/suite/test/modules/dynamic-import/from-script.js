/*---
description: A script can import modules
flags: [async]
---*/

import("./value_FIXTURE.js").then(({ value, default: other }) => {
  assert.sameValue(value + other, "1default");
  $DONE();
}).catch($DONE);
