/*---
description: new with and without arguments binds as it is written
---*/

function Outer() {
  this.Inner = function () {
    this.v = 1;
  };
}
assert.sameValue(new new Outer().Inner().v, 1);
assert.sameValue(new (new Outer()).Inner().v, 1);
assert.sameValue(typeof new Outer().Inner, "function");
assert.sameValue((new Outer).Inner === undefined, false);
