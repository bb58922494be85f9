// What functions of Node.js take as bytes.
const { ERR_INVALID_ARG_TYPE } = require("./errors.js");

const ACCEPTED = ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"];

// A Uint8Array over the same memory; of a text, its encoding.
module.exports = function bytes(value, name = "data", encoding = undefined) {
  if (typeof value === "string") return Buffer.from(value, encoding === "buffer" ? "utf8" : encoding);
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  throw new ERR_INVALID_ARG_TYPE(name, ACCEPTED, value);
};
