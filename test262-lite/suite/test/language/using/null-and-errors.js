/*---
description: null is no resource; anything without dispose is an error
---*/

{
  using nothing = null;
  using missing = undefined;
  assert.sameValue(nothing, null);
}
assert.throws(TypeError, () => {
  using wrong = {};
});
assert.throws(TypeError, () => {
  using wrong = 1;
});
