/*---
description: Members may be called static, get, set and async
---*/

class Odd {
  static;
  get;
  set;
  async;
  static static = "s";
  static async
  of() {
    return "method";
  }
}
assert.sameValue(Odd.static, "s");
assert(Object.hasOwn(Odd, "async"));
assert.sameValue(new Odd().of(), "method");
assert.sameValue(Object.keys(new Odd()).join(), "static,get,set,async");
