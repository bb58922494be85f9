/*---
description: addInitializer runs for each instance, or once for what is static
---*/

function bound(method, { name, addInitializer }) {
  addInitializer(function () {
    this[name] = method.bind(this);
  });
}
class Bound {
  who = "me";
  @bound
  method() {
    return this?.who;
  }
}
var { method } = new Bound();
assert.sameValue(method(), "me");
var classes = [];
@((_, { addInitializer }) => addInitializer(function () { classes.push(this.name); }))
class Registered {}
assert.sameValue(classes.join(), "Registered");
