// What the runtime has at load, before a test installs fake timers or replaces `fetch`: the harness must not
// follow a test's clock.
"use strict";

const { Agent: HttpAgent, request: httpRequest } = require("node:http");
const { setTimeout, clearTimeout, setImmediate } = require("node:timers");

module.exports = {
  HttpAgent,
  clearTimeout,
  fetch: globalThis.fetch,
  httpRequest,
  setImmediate,
  setTimeout,
};
