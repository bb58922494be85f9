/*---
description: toISOString and toJSON round trip
---*/

var date = new Date(-1);
assert.sameValue(date.toISOString(), "1969-12-31T23:59:59.999Z");
assert.sameValue(JSON.stringify({ date }), '{"date":"1969-12-31T23:59:59.999Z"}');
assert.sameValue(new Date(NaN).toJSON(), null);
assert.throws(RangeError, () => new Date(NaN).toISOString());
