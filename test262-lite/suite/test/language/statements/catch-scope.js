/*---
description: The variable of catch hides others, a var in it does not stay there
flags: [noStrict]
---*/

var e = "outer";
try {
  throw "thrown";
} catch (e) {
  var e = "assigned";
  var seen = e;
}
assert.sameValue(e + seen, "outerassigned");
