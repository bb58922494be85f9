// What the runtime has at load, before a test installs fake timers or replaces `fetch`: the harness must not
// follow a test's clock.
"use strict";

const { setTimeout, clearTimeout, setImmediate } = require("node:timers");

module.exports = {
  clearTimeout,
  fetch: globalThis.fetch,
  setImmediate,
  setTimeout,
};
