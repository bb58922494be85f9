/*---
description: Each turn of a loop has its own variables
---*/

var readers = [];
for (let i = 0; i < 3; i++) {
  readers.push(() => i);
  i += 0;
}
for (let key in { a: 1, b: 1 }) readers.push(() => key);
for (const value of [8, 9]) readers.push(() => value);
assert.sameValue(readers.map((f) => f()).join(), "0,1,2,a,b,8,9");
var shared = [];
for (var v = 0; v < 2; v++) shared.push(() => v);
assert.sameValue(shared.map((f) => f()).join(), "2,2");
