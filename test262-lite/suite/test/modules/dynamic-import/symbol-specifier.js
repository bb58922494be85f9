/*---
description: A symbol is no specifier
flags: [module]
---*/

const promise = import(Symbol());
const caught = await promise.catch((error) => error);
assert(caught instanceof TypeError);
