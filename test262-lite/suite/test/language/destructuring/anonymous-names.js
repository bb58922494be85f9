/*---
description: Defaults that are anonymous functions are named after their target
---*/

var { a = () => {}, b: c = class {} } = {};
var [d = function () {}] = [];
var e;
({ e = () => {} } = {});
assert.sameValue([a.name, c.name, d.name, e.name].join(), "a,c,d,e");
