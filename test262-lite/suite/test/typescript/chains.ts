/*---
description: Assertions in chains keep the chain
---*/

const object: any = { a: { f() { return this === object.a; } } };
const none: any = null;
assert.sameValue(object!.a!.f!(), true);
assert.sameValue((object.a as any).f(), true);
assert.sameValue((<any>object.a).f(), true);
assert.sameValue(none?.a!.b, undefined);
assert.sameValue((none?.a)!?.b, undefined);
let count = 0;
(count as number) += 2;
(count as any)++;
assert.sameValue(count, 3);
