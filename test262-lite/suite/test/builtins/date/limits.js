/*---
description: Time ends at 100 million days
---*/

assert.sameValue(new Date(8.64e15).getTime(), 8.64e15);
assert(Number.isNaN(new Date(8.64e15 + 1).getTime()));
assert.sameValue(new Date(2024, 1, 30).getDate(), 1);
assert.sameValue(new Date(99, 0).getFullYear(), 1999);
assert.sameValue(Date.length, 7);
