/*---
description: The parts of a date can be had each for itself
---*/

var parts = new Intl.DateTimeFormat("en", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: "UTC" })
  .formatToParts(new Date(0));
assert.sameValue(parts.map(({ type }) => type).join(), "month,literal,day,literal,year");
assert.sameValue(parts.find(({ type }) => type === "year").value, "1970");
