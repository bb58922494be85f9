/*---
description: Lists are joined as the language does
---*/

assert.sameValue(new Intl.ListFormat("en").format(["a", "b", "c"]), "a, b, and c");
assert.sameValue(new Intl.ListFormat("es", { type: "disjunction" }).format(["uno", "otro"]), "uno u otro");
