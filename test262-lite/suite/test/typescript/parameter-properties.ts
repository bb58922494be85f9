/*---
description: A parameter with a modifier is a property, after super()
---*/

class Parent {
  constructor(readonly name: string, protected age = 3) {}
}
class Child extends Parent {
  own = this.name + "!";
  constructor(public x: number, private y: number, plain: number) {
    super("n");
    this.x += plain;
  }
}
const child = new Child(1, 2, 3);
assert.sameValue(JSON.stringify(child), '{"name":"n","age":3,"x":4,"y":2,"own":"n!"}');
