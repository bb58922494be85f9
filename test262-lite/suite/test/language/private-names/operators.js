/*---
description: Every kind of assignment works on private names
---*/

class All {
  #n = 4;
  #o = null;
  run() {
    var results = [this.#n++, ++this.#n, (this.#n **= 2), (this.#n %= 7), (this.#o ??= "new"), (this.#n &&= 9), (this.#n ||= 3)];
    [this.#n, ...this.#o] = [1, 2, 3];
    ({ x: this.#n } = { x: 5 });
    return results.concat(this.#n, this.#o).join();
  }
}
assert.sameValue(new All().run(), "4,6,36,1,new,9,9,5,2,3");
