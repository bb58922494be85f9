/*---
description: An object rest has what is left, symbols too, but not what is inherited or hidden
---*/

var symbol = Symbol();
var source = Object.create({ inherited: 1 }, {
  hidden: { value: 1, enumerable: false },
  a: { value: 1, enumerable: true },
  b: { value: 2, enumerable: true },
  [symbol]: { value: 3, enumerable: true },
});
var { a, ...rest } = source;
assert.sameValue(Object.keys(rest).join(), "b");
assert.sameValue(rest[symbol], 3);
var key = "b";
var { [key]: taken, ...others } = source;
assert.sameValue(taken + Object.keys(others).join(), "2a");
