/*---
description: Optional chains reach private names
---*/

class Chain {
  #next = null;
  #name = "n";
  static walk(chain) {
    return [chain?.#name, chain?.#next?.#name, chain.#next?.#missing()];
  }
  #missing() {
    return 1;
  }
}
assert.sameValue(Chain.walk(new Chain()).join("|"), "n||");
