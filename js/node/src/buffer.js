const buffer = require("buffer/");
module.exports = { ...buffer, constants: { MAX_LENGTH: buffer.kMaxLength, MAX_STRING_LENGTH: 536870888 } };
