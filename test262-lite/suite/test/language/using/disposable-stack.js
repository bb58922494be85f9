/*---
description: A DisposableStack can be moved and deferred to
---*/

var log = [];
var stack = new DisposableStack();
stack.defer(() => log.push("deferred"));
stack.adopt("value", (value) => log.push(value));
var moved = stack.move();
assert(stack.disposed);
moved.dispose();
moved.dispose();
assert.sameValue(log.join(), "value,deferred");
