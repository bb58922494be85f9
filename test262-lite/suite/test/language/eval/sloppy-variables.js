/*---
description: Direct eval declares variables around it
flags: [noStrict]
---*/

function outer() {
  eval("var made = 1; let kept = 2; function f() { return 3; }");
  return [made, typeof kept, f()].join();
}
assert.sameValue(outer(), "1,undefined,3");
