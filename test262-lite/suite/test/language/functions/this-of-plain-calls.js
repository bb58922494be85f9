/*---
description: A plain call has no this in strict code
flags: [onlyStrict]
---*/

function self() {
  return this;
}
assert.sameValue(self(), undefined);
assert.sameValue(self.call(1), 1);
assert.sameValue((0, { self }.self)(), undefined);
