/*---
description: A plain call has the global this in sloppy code
flags: [noStrict]
---*/

function self() {
  return this;
}
assert.sameValue(self(), globalThis);
assert.sameValue(typeof self.call(1), "object");
var object = { self };
assert.sameValue((object.self)(), object);
assert.sameValue((0, object.self)(), globalThis);
