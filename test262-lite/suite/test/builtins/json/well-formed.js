/*---
description: JSON escapes what is no character, and parses what is
---*/

assert.sameValue(JSON.stringify("\ud800"), '"\\ud800"');
assert.sameValue(JSON.parse('"\u2028"'), "\u2028");
assert.sameValue(JSON.stringify({ a: undefined, b: () => {}, c: Symbol(), d: [undefined] }), '{"d":[null]}');
assert.throws(TypeError, () => JSON.stringify(1n));
assert.sameValue(JSON.parse("{\"__proto__\":1}").__proto__, 1);
