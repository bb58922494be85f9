/*---
description: Dates are formatted for locales and zones
---*/

var date = new Date(Date.UTC(2024, 0, 31, 23, 30));
var format = (locale, options) => new Intl.DateTimeFormat(locale, options).format(date);
assert.sameValue(format("en-US", { dateStyle: "long", timeZone: "UTC" }), "January 31, 2024");
assert.sameValue(format("de", { dateStyle: "medium", timeZone: "Europe/Berlin" }), "01.02.2024");
assert.sameValue(format("ja-JP", { dateStyle: "long", timeZone: "Asia/Tokyo" }), "2024年2月1日");
assert.sameValue(format("en-GB", { timeStyle: "short", timeZone: "America/New_York" }), "18:30");
