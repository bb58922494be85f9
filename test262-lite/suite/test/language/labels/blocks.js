/*---
description: break leaves any labelled statement
---*/

var log = [];
block: {
  log.push(1);
  if (log) break block;
  log.push(2);
}
choose: switch (1) {
  case 1:
    for (;;) break choose;
  case 2:
    log.push("no");
}
try_: try {
  break try_;
} finally {
  log.push("finally");
}
assert.sameValue(log.join(), "1,finally");
