/*---
description: Locales are parsed and completed
---*/

var locale = new Intl.Locale("zh-Hant-TW-u-ca-roc");
assert.sameValue([locale.language, locale.script, locale.region, locale.calendar].join(), "zh,Hant,TW,roc");
assert.sameValue(new Intl.Locale("en").maximize().toString(), "en-Latn-US");
assert.sameValue(Intl.getCanonicalLocales("EN-us")[0], "en-US");
assert.throws(RangeError, () => Intl.getCanonicalLocales("not a locale"));
