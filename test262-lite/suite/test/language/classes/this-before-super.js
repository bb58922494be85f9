/*---
description: this cannot be used before super()
---*/

class Parent {}
class Early extends Parent {
  constructor(use) {
    if (use) this.x = 1;
    super();
  }
}
assert.throws(ReferenceError, () => new Early(true));
assert(new Early(false) instanceof Early);
class Twice extends Parent {
  constructor() {
    super();
    super();
  }
}
assert.throws(ReferenceError, () => new Twice());
