// `partyrun/test`: what users import. Owns the names; what they do is in `lib`.
"use strict";

const { PartyrunError } = require("../lib/failure.js");
const { connect, start } = require("../lib/server.js");

module.exports = { PartyrunError, connect, start };
