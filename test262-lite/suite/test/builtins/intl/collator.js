/*---
description: Text is compared as the language does
---*/

var sorted = (locale, options) => ["z", "ä", "a"].sort(new Intl.Collator(locale, options).compare).join("");
assert.sameValue(sorted("de"), "aäz");
assert.sameValue(sorted("sv"), "azä");
assert.sameValue(["10", "9"].sort(new Intl.Collator("en", { numeric: true }).compare).join(), "9,10");
assert.sameValue("a".localeCompare("A", "en", { sensitivity: "base" }), 0);
