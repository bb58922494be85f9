/*---
description: return await stays in the try, return does not
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var fails = () => Promise.reject(new RangeError("x"));
  var stays = async () => {
    try {
      return await fails();
    } catch {
      return "caught";
    }
  };
  var leaves = async () => {
    try {
      return fails();
    } catch {
      return "caught";
    }
  };
  assert.sameValue(await stays(), "caught");
  await assert.throwsAsync(RangeError, leaves);
});
