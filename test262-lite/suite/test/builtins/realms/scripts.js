/*---
description: Scripts share their declarations
---*/

$262.evalScript("let shared = 1; function f() { return shared; } var v = 2;");
assert.sameValue(shared + f() + v, 4);
assert.sameValue("shared" in globalThis, false);
assert.sameValue(globalThis.v, 2);
assert.throws(SyntaxError, () => $262.evalScript("let shared;"));
