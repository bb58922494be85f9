/*---
description: Anything but null and undefined can be taken apart
---*/

var { length } = "four";
var [first, ...others] = "\u{1F600}ab";
assert.sameValue(length + first + others.join(), "4\u{1F600}a,b");
assert.throws(TypeError, () => { var {} = null; });
assert.throws(TypeError, () => { (({}) => 1)(undefined); });
assert.throws(TypeError, () => { var [x] = {}; });
