/*---
description: The error of failed claims, and the call that must not happen.
---*/

function Test262Error(message) {
  this.message = message || "";
}

Test262Error.prototype.toString = function () {
  return "Test262Error: " + this.message;
};

Test262Error.thrower = function (message) {
  throw new Test262Error(message);
};

// For negative tests whose code must be refused before it runs.
function $DONOTEVALUATE() {
  throw "Nothing of this test should have run";
}
