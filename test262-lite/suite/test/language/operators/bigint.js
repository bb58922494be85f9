/*---
description: BigInts do not mix with numbers
---*/

assert.sameValue(7n / 2n, 3n);
assert.sameValue(-7n % 3n, -1n);
assert.sameValue(1n << 65n, 36893488147419103232n);
assert.throws(TypeError, () => 1n + 1);
assert(1n < 2 && 2n == 2);
assert.sameValue(BigInt.asIntN(8, 255n), -1n);
assert.sameValue(0x1Fn + 0b1n + 1_0n, 42n);
