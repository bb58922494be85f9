/*---
description: A constructor may return another object, which then gets the fields
---*/

var other = {};
class Parent {
  constructor() {
    return other;
  }
}
class Child extends Parent {
  field = 1;
  #secret = 2;
  static read(object) {
    return object.#secret;
  }
}
assert.sameValue(new Child(), other);
assert.sameValue(other.field, 1);
assert.sameValue(Child.read(other), 2);
assert.throws(TypeError, () => new Child(), "a private field is added only once");
