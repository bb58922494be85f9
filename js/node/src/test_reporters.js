// There are no test files in a party server.
const { notImplemented, notImplementedClass } = require("./parts/refuse.js");

module.exports = {
  dot: notImplemented("test.reporters.dot"),
  junit: notImplemented("test.reporters.junit"),
  lcov: notImplementedClass("test.reporters.lcov"),
  spec: notImplementedClass("test.reporters.spec"),
  tap: notImplemented("test.reporters.tap"),
};
