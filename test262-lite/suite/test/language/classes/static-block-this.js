/*---
description: A static block has the class as this, and its own variables
---*/

var outer = "outer";
var seen;
class Block {
  static value = 1;
  static {
    var outer = "inner";
    let { value } = this;
    seen = [outer, value, this === Block, new.target];
  }
}
assert.sameValue(seen.join(), "inner,1,true,");
assert.sameValue(outer, "outer");
