/*---
description: else belongs to the nearest if
---*/

var log = [];
for (var [x, y] of [[1, 0], [0, 1]]) {
  if (x) if (y) log.push("xy"); else log.push("x");
  if (x) { if (y) log.push("xy"); } else log.push("not x");
  if (x) for (;;) if (y) break; else { log.push("loop"); break; } else log.push("none");
}
assert.sameValue(log.join(), "x,loop,not x,none");
