/*---
description: A proxy has no private names
---*/

class Held {
  #x = 1;
  read() {
    return this.#x;
  }
}
var proxy = new Proxy(new Held(), {});
assert.throws(TypeError, () => proxy.read());
assert.sameValue(new Held().read.call(new Held()), 1);
