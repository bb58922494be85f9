/*---
description: Parentheses around functions are kept where they matter
---*/

assert.sameValue(function () { return 1; }(), 1);
assert.sameValue((() => 2)(), 2);
assert.sameValue(new (class { v = 3; })().v, 3);
assert.sameValue((async () => {}) instanceof Function, true);
assert.sameValue(new (function () { return function () { this.v = 4; }; }())().v, 4);
!function () {}();
var made = new (((() => Date))())(0);
assert.sameValue(made.getTime(), 0);
