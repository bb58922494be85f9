/*---
description: Modifiers change flags for a part
---*/

assert(/^(?i:a)b$/.test("Ab"));
assert.sameValue(/^(?i:a)b$/.test("AB"), false);
assert(/^(?-i:a)B$/i.test("ab"));
