/*---
description: The local zone is one that Intl knows, and offsets agree with it
---*/

var { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
assert.sameValue(typeof timeZone, "string");
var date = new Date(2024, 6, 1, 12);
var shown = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", timeZone }).format(date);
assert.sameValue(shown, "12");
assert.sameValue(date.getTime() - Date.UTC(2024, 6, 1, 12), date.getTimezoneOffset() * 60000);
