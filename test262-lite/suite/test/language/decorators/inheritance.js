/*---
description: A decorated method can call super
---*/

var through = (method) => function (...args) { return "[" + method.apply(this, args) + "]"; };
class Parent {
  @through say(x) { return "p" + x; }
}
class Child extends Parent {
  @through say(x) { return "c" + super.say(x); }
}
assert.sameValue(new Child().say(1), "[c[p1]]");
