/*---
description: A reviver sees the text of a value, and raw JSON is written as it is
---*/

var big = JSON.parse("9007199254740993", (_, value, { source }) => BigInt(source));
assert.sameValue(big, 9007199254740993n);
assert.sameValue(JSON.stringify({ a: JSON.rawJSON("9007199254740993") }), '{"a":9007199254740993}');
