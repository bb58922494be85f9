/*---
description: A live import is read where it stands
flags: [module]
---*/

import { count, increment } from "./positions_FIXTURE.js";
const object = { count };
const closure = () => count;
increment();
assert.sameValue(object.count + "," + closure() + `,${count}` + [count] + ({ count }).count, "0,1,111");
assert.sameValue(((x = count) => x)(), 1);
{
  const count = "local";
  assert.sameValue(count, "local");
}
