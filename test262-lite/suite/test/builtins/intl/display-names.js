/*---
description: Names of languages, regions and currencies are known
---*/

assert.sameValue(new Intl.DisplayNames("en", { type: "region" }).of("DE"), "Germany");
assert.sameValue(new Intl.DisplayNames("de", { type: "language" }).of("fr"), "Französisch");
assert.sameValue(new Intl.DisplayNames("en", { type: "currency" }).of("JPY"), "Japanese Yen");
