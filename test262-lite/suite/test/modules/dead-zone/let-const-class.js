/*---
description: let, const and class cannot be used before their line
---*/

assert.throws(ReferenceError, () => { a; let a; });
assert.throws(ReferenceError, () => { a = 1; let a; });
assert.throws(ReferenceError, () => { b; const b = 1; });
assert.throws(ReferenceError, () => { new C(); class C {} });
assert.throws(ReferenceError, () => { f(); let x; function f() { x; } });
