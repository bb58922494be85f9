/*---
description: Sloppy code has, with unscopables
flags: [noStrict]
---*/

var found = [];
with ({ a: 1, b: 2, [Symbol.unscopables]: { b: true } }) {
  var b = "outer";
  found.push(a, typeof b);
  a = 3;
}
assert.sameValue(found.join() + b, "1,stringouter");
