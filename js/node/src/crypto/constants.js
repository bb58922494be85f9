// Of `crypto.constants`, what the functions here look at.
const { constants } = require("unenv/node/crypto").default;

module.exports = constants;
