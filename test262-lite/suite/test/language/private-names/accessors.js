/*---
description: Private accessors may have one half only
---*/

class Half {
  #held = 1;
  get #read() {
    return this.#held;
  }
  set #write(value) {
    this.#held = value;
  }
  run() {
    this.#write = this.#read + 1;
    return this.#held;
  }
  wrong() {
    this.#read = 1;
  }
  missing() {
    return this.#write;
  }
}
assert.sameValue(new Half().run(), 2);
assert.throws(TypeError, () => new Half().wrong());
assert.throws(TypeError, () => new Half().missing());
