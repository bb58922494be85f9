/*---
description: Zones have their summer time and their history
---*/

var hour = (zone, time) =>
  new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(time);
assert.sameValue(hour("Europe/Berlin", Date.UTC(2024, 2, 31, 0, 59)), "01:59");
assert.sameValue(hour("Europe/Berlin", Date.UTC(2024, 2, 31, 1, 0)), "03:00");
assert.sameValue(hour("America/New_York", Date.UTC(2024, 10, 3, 5, 30)), "01:30");
assert.sameValue(hour("America/New_York", Date.UTC(2024, 10, 3, 6, 30)), "01:30");
assert.sameValue(hour("Asia/Kolkata", 0), "05:30");
assert.sameValue(hour("Asia/Kathmandu", Date.UTC(2024, 0, 1)), "05:45");
assert.sameValue(hour("Pacific/Apia", Date.UTC(2011, 11, 30, 9, 59)), "23:59");
