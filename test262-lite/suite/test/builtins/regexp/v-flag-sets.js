/*---
description: The v flag has differences, intersections and nested classes
---*/

assert.sameValue("aeiouxyz".replace(/[[a-z]--[aeiou]]/gv, "."), "aeiou...");
assert.sameValue("a1_Z".replace(/[\w&&\d]/gv, "."), "a._Z");
assert(/^[\p{L}--\p{Script=Latin}]$/v.test("я"));
assert.sameValue(/^[\p{L}--\p{Script=Latin}]$/v.test("a"), false);
