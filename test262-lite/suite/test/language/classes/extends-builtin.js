/*---
description: Derived built-ins are the real thing
---*/

class Stack extends Array {
  top() {
    return this[this.length - 1];
  }
}
var stack = Stack.of(1, 2);
stack.push(3);
assert.sameValue(stack.top(), 3);
assert(Array.isArray(stack));
assert.sameValue(stack.length, 3);
class Wrong extends TypeError {
  name = "Wrong";
}
assert(new Wrong("x") instanceof Error);
assert.sameValue(String(new Wrong("x")), "Wrong: x");
assert.sameValue(Object.prototype.toString.call(new (class extends Map {})()), "[object Map]");
