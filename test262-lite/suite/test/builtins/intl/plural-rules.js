/*---
description: Plurals follow the language
---*/

assert.sameValue(new Intl.PluralRules("en").select(1), "one");
assert.sameValue([1, 2, 5].map((n) => new Intl.PluralRules("pl").select(n)).join(), "one,few,many");
assert.sameValue(new Intl.PluralRules("en", { type: "ordinal" }).select(22), "two");
assert.sameValue([0, 2].map((n) => new Intl.PluralRules("ar").select(n)).join(), "zero,two");
