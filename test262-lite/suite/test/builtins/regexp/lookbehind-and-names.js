/*---
description: Lookbehind, named groups and their alternatives
---*/

var { groups } = /(?<year>\d{4})-(?<month>\d\d)/.exec("on 2024-05");
assert.sameValue(groups.year + groups.month, "202405");
assert.sameValue("$5 €6".replace(/(?<=€)\d/, "x"), "$5 €x");
assert.sameValue("2024-05".replace(/(?<a>\d+)-(?<b>\d+)/, "$<b>/$<a>"), "05/2024");
var either = /(?:(?<n>a)1|(?<n>b)2)/;
assert.sameValue(either.exec("b2").groups.n, "b");
