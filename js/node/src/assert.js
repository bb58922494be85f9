// `assert` of Node.js, from the package that copies it.
const assert = require("assert/build/assert.js");
const { notImplemented, notImplementedClass } = require("./parts/refuse.js");

// The package lacks what is newer than it.
for (const each of [assert, assert.strict]) {
  each.Assert ??= notImplementedClass("assert.Assert");
  each.CallTracker ??= notImplementedClass("assert.CallTracker");
  each.partialDeepStrictEqual ??= notImplemented("assert.partialDeepStrictEqual");
}
module.exports = assert;
