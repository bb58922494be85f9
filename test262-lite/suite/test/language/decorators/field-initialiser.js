/*---
description: Decorators of a field change the value it starts with, the nearest first
---*/

var plus = (n) => (value, { kind }) => {
  assert.sameValue(value, undefined);
  assert.sameValue(kind, "field");
  return (initial) => initial * 2 + n;
};
class Field {
  @plus(1) @plus(10) a = 5;
  @plus(1) static b = 1;
}
var found = [new Field().a, Field.b].join();
// Which of two runs first was turned around once while decorators were being designed.
assert(found === "41,3" || found === "32,3", found);
