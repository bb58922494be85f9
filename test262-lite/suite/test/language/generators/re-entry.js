/*---
description: A running generator cannot be resumed
---*/

var it;
function* self() {
  it.next();
}
it = self();
assert.throws(TypeError, () => it.next());
assert.sameValue(it.next().done, true);
