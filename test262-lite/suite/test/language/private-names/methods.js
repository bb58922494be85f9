/*---
description: Private methods are shared, constant and not to be assigned
---*/

class Method {
  #double(x) {
    return x * 2;
  }
  run(x) {
    return this.#double(x);
  }
  same(other) {
    return this.#double === other.#double;
  }
  write() {
    this.#double = 1;
  }
}
assert.sameValue(new Method().run(4), 8);
assert(new Method().same(new Method()));
assert.throws(TypeError, () => new Method().write());
