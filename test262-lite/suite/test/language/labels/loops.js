/*---
description: continue with a label goes to the right loop
---*/

var log = [];
a: for (var i = 0; i < 3; i++) {
  b: do {
    for (var j of [0, 1]) {
      if (i === 0) continue a;
      if (i === 1) continue b;
      log.push(i + "" + j);
    }
  } while (false);
}
assert.sameValue(log.join(), "20,21");
