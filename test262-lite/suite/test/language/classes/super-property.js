/*---
description: super reads from the home object's prototype and keeps this
---*/

class Parent {
  get who() {
    return "parent of " + this.name;
  }
  static make() {
    return "made by " + this.name;
  }
}
class Child extends Parent {
  name = "child";
  get who() {
    return super.who + "!";
  }
  later() {
    return () => super["wh" + "o"];
  }
  static make() {
    return super.make();
  }
}
assert.sameValue(new Child().who, "parent of child!");
assert.sameValue(new Child().later()(), "parent of child");
assert.sameValue(Child.make(), "made by Child");
