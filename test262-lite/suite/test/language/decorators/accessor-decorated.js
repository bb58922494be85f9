/*---
description: An accessor's decorator may replace get, set and init
---*/

var log = [];
function logged({ get, set }, { kind, name }) {
  assert.sameValue(kind, "accessor");
  return {
    get() {
      log.push("get " + name);
      return get.call(this);
    },
    set(value) {
      log.push("set " + value);
      set.call(this, value);
    },
    init(value) {
      log.push("init " + value);
      return value + 1;
    },
  };
}
class Logged {
  @logged accessor x = 1;
}
var object = new Logged();
object.x = object.x + 5;
assert.sameValue(object.x, 7);
assert.sameValue(log.join(), "init 1,get x,set 7,get x");
