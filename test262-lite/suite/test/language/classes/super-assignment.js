/*---
description: Assigning to super writes to this
---*/

class Parent {}
class Child extends Parent {
  write() {
    super.value = 1;
  }
}
var child = new Child();
child.write();
assert.sameValue(child.value, 1);
assert.sameValue("value" in Parent.prototype, false);
