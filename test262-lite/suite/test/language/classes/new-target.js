/*---
description: new.target is the class that was asked for
---*/

var targets = [];
class Parent {
  constructor() {
    targets.push(new.target);
  }
}
class Child extends Parent {}
new Parent();
new Child();
Reflect.construct(Parent, [], Array);
assert(targets[0] === Parent && targets[1] === Child && targets[2] === Array);
