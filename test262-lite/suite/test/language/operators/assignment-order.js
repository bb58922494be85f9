/*---
description: The left side is evaluated before the right one
---*/

var log = [];
var object = () => (log.push("object"), {});
var key = () => (log.push("key"), "k");
object()[key()] = log.push("value");
assert.sameValue(log.join(), "object,key,value");
var i = 0;
var array = [];
array[i++] = i++;
array[i] = i = 9;
assert.sameValue(array[0] + "," + array[2], "1,9");
