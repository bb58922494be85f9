/*---
description: for in visits keys in order, inherited ones last, deleted ones not
---*/

var parent = { p: 1, b: "hidden" };
var object = Object.create(parent, { h: { value: 1 } });
Object.assign(object, { b: 1, 2: 1, a: 1, 1: 1 });
var seen = [];
for (var key in object) {
  seen.push(key);
  delete object.a;
}
assert.sameValue(seen.join(), "1,2,b,p");
for (var none in null);
for (var none in undefined);
