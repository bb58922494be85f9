/*---
description: A date is a string with +, a number otherwise
---*/

var date = new Date(5);
assert.sameValue(typeof (date + 1), "string");
assert.sameValue(date - 1, 4);
assert.sameValue(date[Symbol.toPrimitive]("number"), 5);
assert.sameValue(`${date}`, date.toString());
