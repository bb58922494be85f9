/*---
description: A field defines a property and never calls a setter of the parent
includes: [propertyHelper.js]
---*/

class Parent {
  set value(_) {
    throw new Test262Error("the setter was called");
  }
}
class Child extends Parent {
  value = 1;
}
var child = new Child();
verifyProperty(child, "value", { value: 1, writable: true, enumerable: true, configurable: true });
