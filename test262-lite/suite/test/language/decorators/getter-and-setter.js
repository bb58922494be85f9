/*---
description: Getters and setters are decorated each for itself
---*/

var kinds = [];
var d = (value, { kind }) => {
  kinds.push(kind);
  return kind === "getter" ? function () { return value.call(this) + 1; } : undefined;
};
class Both {
  held = 1;
  @d get value() {
    return this.held;
  }
  @d set value(next) {
    this.held = next;
  }
}
var both = new Both();
both.value = 5;
assert.sameValue(both.value, 6);
assert.sameValue(kinds.join(), "getter,setter");
