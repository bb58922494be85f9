/*---
description: return and throw go through the finally blocks
---*/

var log = [];
function* steps() {
  try {
    yield 1;
    yield 2;
  } catch (error) {
    log.push("caught " + error);
    yield 3;
  } finally {
    log.push("finally");
  }
}
var one = steps();
one.next();
var thrown = one.throw("x");
assert.sameValue(thrown.value, 3);
var returned = one.return(9);
assert.sameValue([returned.value, returned.done].join(), "9,true");
assert.sameValue(log.join(), "caught x,finally");
