/*---
description: The d flag tells where groups are
---*/

var found = /a(?<z>z)?/d.exec("xaz");
assert.sameValue(found.indices[0].join(), "1,3");
assert.sameValue(found.indices.groups.z.join(), "2,3");
