/*---
description: A tagged template may have any escape; its cooked text is then undefined
---*/

var tag = (strings) => strings;
var strings = tag`\unicode and \xerxes${0}fine`;
assert.sameValue(strings[0], undefined);
assert.sameValue(strings.raw[0], "\\unicode and \\xerxes");
assert.sameValue(strings[1], "fine");
