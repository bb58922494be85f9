/*---
description: Comparisons and type arguments are told apart
---*/

const a = 3, b = 2, c = 1;
const f = <T>(x: number) => x * 2;
assert.sameValue(f<number>(2), 4);
assert.sameValue(a < b, false);
assert.sameValue(a > (b), true);
assert.sameValue([a < b, a > c].join(), "false,true");
assert.sameValue(new Array<number>(3).length, 3);
assert.sameValue((a as number) < (b as any), false);
const made = new Map<string, Array<Map<number, string>>>();
assert.sameValue(made.size, 0);
