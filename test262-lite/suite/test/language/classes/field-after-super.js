/*---
description: The fields of a derived class are made when super() returns
---*/

var log = [];
class Parent {
  constructor() {
    log.push("parent " + ("own" in this));
  }
}
class Child extends Parent {
  own = log.push("field");
  constructor() {
    log.push("before");
    super();
    log.push("after");
  }
}
new Child();
assert.sameValue(log.join(), "before,parent false,field,after");
