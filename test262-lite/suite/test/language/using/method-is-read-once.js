/*---
description: Symbol.dispose is read when the resource is declared
---*/

var log = [];
var resource = {
  get [Symbol.dispose]() {
    log.push("read");
    return function () {
      log.push(this === resource);
    };
  },
};
{
  using held = resource;
  log.push("body");
}
assert.sameValue(log.join(), "read,body,true");
