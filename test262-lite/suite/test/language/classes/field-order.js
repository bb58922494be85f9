/*---
description: Fields are made in the order of the text, computed keys before all of them
---*/

var log = [];
function note(entry) {
  log.push(entry);
  return entry;
}
class Order {
  [note("key a")] = note("value a");
  static [note("key s")] = note("value s");
  [note("key b")] = note("value b");
  static {
    note("block");
  }
}
assert.sameValue(log.join(), "key a,key s,key b,value s,block");
new Order();
assert.sameValue(log.join(), "key a,key s,key b,value s,block,value a,value b");
