/*---
description: Inner classes see the private names around them, and may hide them
---*/

class Outer {
  #a = "outer a";
  #b = "outer b";
  inner() {
    var outer = this;
    return new (class {
      #a = "inner a";
      read() {
        return [this.#a, outer.#b];
      }
    })().read();
  }
}
assert.sameValue(new Outer().inner().join(), "inner a,outer b");
