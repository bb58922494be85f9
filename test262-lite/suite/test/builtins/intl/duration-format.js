/*---
description: Durations are told in words
---*/

assert.sameValue(new Intl.DurationFormat("en", { style: "long" }).format({ hours: 1, minutes: 30 }), "1 hour, 30 minutes");
