/*---
description: A field's decorator sees the instance
---*/

var seen = [];
class Field {
  @((_, { name }) => function (value) {
    seen.push([this instanceof Field, name, value].join());
    return value * 2;
  }) a = 5;
}
assert.sameValue(new Field().a, 10);
assert.sameValue(seen.join(), "true,a,5");
