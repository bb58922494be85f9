/*---
description: Targets and values are evaluated in the order of the specification
---*/

var log = [];
var target = (name) => (log.push("target " + name), {});
var source = {
  get a() {
    log.push("get a");
    return undefined;
  },
  get b() {
    log.push("get b");
    return 2;
  },
};
({ [(log.push("key a"), "a")]: target("a").x = log.push("default"), [(log.push("key b"), "b")]: target("b").y } = source);
assert.sameValue(log.join(), "key a,target a,get a,default,key b,target b,get b");
