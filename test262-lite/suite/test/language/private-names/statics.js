/*---
description: A static private member belongs to its own class only
---*/

class Parent {
  static #count = 0;
  static #bump() {
    return ++this.#count;
  }
  static next() {
    return this.#bump();
  }
}
class Child extends Parent {}
assert.sameValue(Parent.next(), 1);
assert.throws(TypeError, () => Child.next());
