/*---
description: Fields that are defined come before parameter properties
---*/

class Order {
  b = "a" in this;
  constructor(public a: number) {}
  c = Object.keys(this).join();
}
const order = new Order(1);
assert.sameValue(order.a, 1);
assert.sameValue(order.b, Object.keys(order).indexOf("a") < Object.keys(order).indexOf("b"));
