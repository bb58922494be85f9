// How Buffer's methods refuse numbers and places, in place of the package's own words.
const { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, coded } = require("./errors.js");

const LARGEST = 2 ** 32;

// `size` bytes at `offset` of `length`.
exports.place = (offset, size, length) => {
  if (typeof offset !== "number") throw new ERR_INVALID_ARG_TYPE("offset", "number", offset);
  if (!Number.isInteger(offset)) throw new ERR_OUT_OF_RANGE("offset", "an integer", offset);
  if (offset >= 0 && offset + size <= length) return;
  if (size > length) {
    throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds");
  }
  throw new ERR_OUT_OF_RANGE("offset", `>= 0 and <= ${length - size}`, offset);
};

exports.value = (value, min, max) => {
  if (value > max || value < min) throw new ERR_OUT_OF_RANGE("value", `>= ${min} and <= ${max}`, value);
};

exports.size = (size) => {
  if (typeof size !== "number") throw new ERR_INVALID_ARG_TYPE("size", "number", size);
  if (!(size >= 0 && size <= LARGEST)) throw new ERR_OUT_OF_RANGE("size", `>= 0 && <= ${LARGEST}`, size);
};

exports.list = (list) => {
  if (!Array.isArray(list)) throw new ERR_INVALID_ARG_TYPE("list", "Array", list);
};

exports.item = (list, at) => {
  throw new ERR_INVALID_ARG_TYPE(`list[${at}]`, ["Buffer", "Uint8Array"], list[at]);
};
