/*---
description: Times are told relative to now
---*/

var format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
assert.sameValue(format.format(-1, "day"), "yesterday");
assert.sameValue(format.format(3, "hour"), "in 3 hours");
assert.sameValue(new Intl.RelativeTimeFormat("fr").format(-2, "week"), "il y a 2 semaines");
