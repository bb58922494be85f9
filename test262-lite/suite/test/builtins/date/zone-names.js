/*---
description: Zones have names, offsets and synonyms
---*/

var name = (zone, timeZoneName) =>
  new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName })
    .formatToParts(Date.UTC(2024, 6, 1)).find(({ type }) => type === "timeZoneName").value;
assert.sameValue(name("America/Los_Angeles", "short"), "PDT");
assert.sameValue(name("Europe/Paris", "longOffset"), "GMT+02:00");
assert.sameValue(name("UTC", "short"), "UTC");
assert.throws(RangeError, () => new Intl.DateTimeFormat("en", { timeZone: "Mars/Olympus" }));
assert.sameValue(new Intl.DateTimeFormat("en", { timeZone: "+03:30" }).resolvedOptions().timeZone, "+03:30");
