/*---
description: "yield* hands on values, throw and return, and answers the result"
---*/

var log = [];
function* inner() {
  try {
    log.push(yield "a");
    log.push(yield "b");
    return "result";
  } finally {
    log.push("inner over");
  }
}
function* outer() {
  log.push(yield* inner());
}
var it = outer();
assert.sameValue(it.next().value, "a");
assert.sameValue(it.next(1).value, "b");
assert(it.next(2).done);
assert.sameValue(log.join(), "1,2,inner over,result");
var stopped = outer();
stopped.next();
assert.sameValue(stopped.return(5).value, 5);
assert.sameValue(log.at(-1), "inner over");
