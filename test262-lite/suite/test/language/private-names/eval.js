/*---
description: Direct eval sees private names
flags: [noStrict]
---*/

class Seen {
  #x = 3;
  read(text) {
    return eval(text);
  }
}
assert.sameValue(new Seen().read("this.#x"), 3);
assert.throws(SyntaxError, () => new Seen().read("this.#y"));
