/*---
description: The v flag and ignoring case
---*/

assert(/^\P{Lowercase_Letter}$/iv.test("a") === false);
assert(/^[^\P{Lowercase_Letter}]$/iv.test("A"));
assert(/^[\p{Lu}]$/iv.test("a"));
