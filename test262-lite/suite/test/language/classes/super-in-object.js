/*---
description: super works in methods of object literals
---*/

var base = { greet() { return "hello"; } };
var derived = {
  __proto__: base,
  greet() {
    return super.greet() + " there";
  },
};
assert.sameValue(derived.greet(), "hello there");
assert.sameValue(Object.create(derived).greet(), "hello there");
