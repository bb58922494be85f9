/*---
description: A computed key is turned into a key before its value is evaluated
---*/

var log = [];
var key = { toString: () => (log.push("key"), "k") };
var object = { [key]: log.push("value") };
assert.sameValue(log.join() + object.k, "key,value2");
