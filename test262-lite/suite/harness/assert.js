/*---
description: Claims about values. Each throws a Test262Error that says what was found instead.
---*/

function assert(claim, message) {
  if (claim !== true) assert.fail("expected true, found " + assert.shown(claim), message);
}

assert.fail = function (what, message) {
  throw new Test262Error(message === undefined ? what : message + ": " + what);
};

assert.shown = function (value) {
  if (typeof value === "string") return '"' + value + '"';
  if (typeof value === "bigint") return value + "n";
  if (value === 0 && 1 / value < 0) return "-0";
  if (Array.isArray(value)) return "[" + value.map(assert.shown).join(", ") + "]";
  if (typeof value === "object" && value !== null) {
    try {
      return Object.prototype.toString.call(value);
    } catch (_) {
      return "an object";
    }
  }
  return String(value);
};

// Object.is, which the test may be about.
assert.isSame = function (one, other) {
  if (one === other) return one !== 0 || 1 / one === 1 / other;
  return one !== one && other !== other;
};

assert.sameValue = function (found, wanted, message) {
  if (assert.isSame(found, wanted)) return;
  assert.fail("expected " + assert.shown(wanted) + ", found " + assert.shown(found), message);
};

assert.notSameValue = function (found, other, message) {
  if (assert.isSame(found, other)) assert.fail("did not expect " + assert.shown(found), message);
};

assert.throws = function (constructor, action, message) {
  try {
    action();
  } catch (error) {
    assert.isError(constructor, error, message);
    return error;
  }
  assert.fail("expected " + constructor.name + ", nothing was thrown", message);
};

assert.isError = function (constructor, error, message) {
  if (typeof error !== "object" || error === null) {
    assert.fail("expected " + constructor.name + ", thrown was " + assert.shown(error), message);
  }
  if (error.constructor === constructor) return;
  var name = error.constructor && error.constructor.name;
  assert.fail("expected " + constructor.name + ", thrown was " + name + ": " + error.message, message);
};
