/*---
description: What is supported can be asked for
---*/

assert(Intl.supportedValuesOf("timeZone").includes("Europe/Berlin"));
assert(Intl.supportedValuesOf("currency").includes("EUR"));
assert.sameValue(Intl.DateTimeFormat.supportedLocalesOf(["de", "ja", "hi"]).join(), "de,ja,hi");
