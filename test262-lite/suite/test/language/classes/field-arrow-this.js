/*---
description: An arrow function in a field keeps the instance
---*/

class Counter {
  count = 0;
  increment = () => ++this.count;
}
var { increment } = new Counter();
increment();
assert.sameValue(increment(), 2);
