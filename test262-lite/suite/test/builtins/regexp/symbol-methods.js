/*---
description: Strings ask the pattern's own methods
---*/

var pattern = {
  [Symbol.replace]: (text, by) => text + by,
  [Symbol.split]: () => ["split"],
  [Symbol.match]: () => "match",
  [Symbol.search]: () => 7,
};
assert.sameValue("a".replace(pattern, "b"), "ab");
assert.sameValue("a".split(pattern)[0] + "a".match(pattern) + "a".search(pattern), "splitmatch7");
