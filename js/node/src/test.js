// There are no test files in a party server.
const { notImplemented } = require("./parts/refuse.js");

const test = notImplemented("test");
for (
  const name of [
    "after",
    "afterEach",
    "before",
    "beforeEach",
    "describe",
    "it",
    "only",
    "run",
    "skip",
    "suite",
    "todo",
  ]
) {
  test[name] = notImplemented(`test.${name}`);
}
test.assert = {};
test.mock = {};
test.snapshot = {};
test.test = test;
module.exports = test;
