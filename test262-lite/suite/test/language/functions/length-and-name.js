/*---
description: length counts up to the first default, name comes from where a function stands
---*/

assert.sameValue(((a, b = 1, c) => {}).length, 1);
assert.sameValue(((...rest) => {}).length, 0);
var named = () => {};
var { inner = function () {} } = {};
var object = { ["computed" + 1]: () => {}, get g() { return 1; } };
assert.sameValue([named.name, inner.name, object.computed1.name].join(), "named,inner,computed1");
assert.sameValue(Object.getOwnPropertyDescriptor(object, "g").get.name, "get g");
var anonymous = (0, function () {});
assert.sameValue(anonymous.name, "");
