/*---
description: Private methods may be generators and async
---*/

class Many {
  *#numbers() {
    yield 1;
    yield 2;
  }
  async #later() {
    return 3;
  }
  run() {
    return [[...this.#numbers()].join(), this.#later() instanceof Promise];
  }
}
assert.sameValue(new Many().run().join("|"), "1,2|true");
