/*---
description: and split of a RegExp
---*/

class Mine extends RegExp {
  exec(text) {
    Mine.calls = (Mine.calls ?? 0) + 1;
    return super.exec(text);
  }
}
assert.sameValue("a-b".split(new Mine("-")).join(), "a,b");
assert(Mine.calls > 0);
assert.sameValue(RegExp[Symbol.species], RegExp);
