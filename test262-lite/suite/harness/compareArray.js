/*---
description: Claims about the elements of two array-likes.
defines: [compareArray]
---*/

function compareArray(one, other) {
  if (one.length !== other.length) return false;
  for (var index = 0; index < one.length; index += 1) {
    if (!assert.isSame(one[index], other[index])) return false;
  }
  return true;
}

assert.compareArray = function (found, wanted, message) {
  if (found === null || typeof found !== "object") assert.fail("expected an array, found " + assert.shown(found), message);
  if (compareArray(found, wanted)) return;
  var all = Array.prototype.slice;
  assert.fail(
    "expected " + assert.shown(all.call(wanted)) + ", found " + assert.shown(all.call(found)),
    message,
  );
};
