/*---
description: A static block can hand private access to others
---*/

var read;
class Secret {
  #value;
  constructor(value) {
    this.#value = value;
  }
  static {
    read = (secret) => secret.#value;
  }
}
assert.sameValue(read(new Secret(7)), 7);
