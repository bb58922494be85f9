/*---
description: Dates are parsed as the standard says, without a zone as local only with a time
---*/

assert.sameValue(Date.parse("2020-01-01"), Date.UTC(2020, 0, 1));
assert.sameValue(Date.parse("2020-01-01T00:00:00Z"), Date.UTC(2020, 0, 1));
assert.sameValue(Date.parse("2020-01-01T00:00:00+02:00"), Date.UTC(2019, 11, 31, 22));
assert.sameValue(Date.parse("2020-01-01T00:00"), new Date(2020, 0, 1).getTime());
assert.sameValue(Date.parse("+275760-09-13T00:00:00.000Z"), 8.64e15);
assert(Number.isNaN(Date.parse("2020-13-01")));
