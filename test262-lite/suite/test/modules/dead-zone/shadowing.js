/*---
description: A variable hides an outer one from the start of its block
---*/

var x = "outer";
assert.throws(ReferenceError, () => {
  var y = x;
  let x = 1;
});
assert.throws(ReferenceError, () => { let x = x; });
{
  let f = () => x;
  let x = "inner";
  assert.sameValue(f(), "inner");
}
