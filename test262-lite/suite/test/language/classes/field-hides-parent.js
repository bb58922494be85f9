/*---
description: A field without an initialiser hides what the parent's constructor assigned
---*/

class Parent {
  constructor() {
    this.kept = 1;
    this.lost = 1;
  }
}
class Child extends Parent {
  lost;
}
var child = new Child();
assert.sameValue(child.kept, 1);
assert.sameValue(child.lost, undefined);
