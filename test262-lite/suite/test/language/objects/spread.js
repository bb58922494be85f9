/*---
description: A spread copies own enumerable values, calling getters in order
---*/

var log = [];
var source = {
  get a() {
    log.push("a");
    return 1;
  },
  [Symbol.for("s")]: 2,
};
var copy = { before: 0, a: "lost", ...source, ...null, ..."hi", ...[9], last: 1 };
assert.sameValue(Object.keys(copy).join(), "0,1,before,a,last");
assert.sameValue(copy.a + copy[Symbol.for("s")], 3);
assert.sameValue(copy[0] + copy[1], "9i");
assert.sameValue(log.join(), "a");
