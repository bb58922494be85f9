// The package that Node.js took over.
module.exports = require("punycode/punycode.js");
