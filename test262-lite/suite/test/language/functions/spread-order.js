/*---
description: Arguments and spreads are evaluated from left to right
---*/

var log = [];
var note = (v) => (log.push(v), v);
function* spread() {
  yield note("s1");
  yield note("s2");
}
var result = ((...all) => all.length)(note("a"), ...spread(), note("b"), ...[]);
assert.sameValue(result + log.join(), "4a,s1,s2,b");
