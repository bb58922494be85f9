// `Buffer` from the package that copies it, with the engine's own conversions where they are the
// same, and with what is newer than the package.
const npm = require("buffer/");
const { ERR_INVALID_ARG_TYPE, coded } = require("./parts/errors.js");

const { Buffer } = npm;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const theirs = {
  byteLength: Buffer.byteLength,
  from: Buffer.from,
  isEncoding: Buffer.isEncoding,
};
const own = {
  fill: Buffer.prototype.fill,
  includes: Buffer.prototype.includes,
  indexOf: Buffer.prototype.indexOf,
  lastIndexOf: Buffer.prototype.lastIndexOf,
  toString: Buffer.prototype.toString,
  write: Buffer.prototype.write,
};

const isUtf8Name = (encoding) =>
  encoding === undefined || encoding === null || encoding === "utf8" || encoding === "utf-8";
const isUrl = (encoding) => typeof encoding === "string" && encoding.toLowerCase() === "base64url";
// The package reads both alphabets as base64.
const known = (encoding) => isUrl(encoding) ? "base64" : encoding;
const asBuffer = (bytes) => Object.setPrototypeOf(bytes, Buffer.prototype);

Buffer.from = function from(value, encodingOrOffset, length) {
  if (typeof value === "string") {
    if (isUtf8Name(encodingOrOffset) || encodingOrOffset === "") return asBuffer(encoder.encode(value));
    if (!Buffer.isEncoding(encodingOrOffset)) {
      throw coded(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encodingOrOffset}`);
    }
    return theirs.from(value, known(encodingOrOffset));
  }
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    throw new ERR_INVALID_ARG_TYPE("first argument", [
      "string",
      "Buffer",
      "ArrayBuffer",
      "Array",
      "Array-like Object",
    ], value);
  }
  return theirs.from(value, encodingOrOffset, length);
};

Buffer.byteLength = function byteLength(value, encoding) {
  return theirs.byteLength(value, known(encoding));
};

Buffer.isEncoding = (encoding) =>
  isUrl(encoding) || (typeof encoding === "string" && theirs.isEncoding(encoding));

const TypedArray = Object.getPrototypeOf(Uint8Array);
Buffer.copyBytesFrom = (view, offset = 0, length = undefined) => {
  if (!(view instanceof TypedArray)) throw new ERR_INVALID_ARG_TYPE("view", "TypedArray", view);
  const part = view.subarray(offset, length === undefined ? undefined : offset + length);
  return Buffer.from(new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice());
};

Buffer.of = (...bytes) => Buffer.from(bytes);

Buffer.prototype.toString = function toString(encoding, start = 0, end = this.length) {
  start = Math.min(Math.max(Math.trunc(start) || 0, 0), this.length);
  end = end === undefined ? this.length : Math.min(Math.trunc(end) || 0, this.length);
  if (end <= start) return "";
  const part = () =>
    start === 0 && end === this.length ? this : Uint8Array.prototype.subarray.call(this, start, end);
  if (isUtf8Name(encoding)) return decoder.decode(part());
  if (encoding === "hex") return Uint8Array.prototype.toHex.call(part());
  if (encoding === "base64") return Uint8Array.prototype.toBase64.call(part());
  if (isUrl(encoding)) {
    return Uint8Array.prototype.toBase64.call(part(), { alphabet: "base64url", omitPadding: true });
  }
  return own.toString.call(this, encoding, start, end);
};

Buffer.prototype.write = function write(text, offset, length, encoding) {
  if (typeof offset === "string") return own.write.call(this, text, known(offset));
  if (typeof length === "string") return own.write.call(this, text, offset, known(length));
  if (encoding !== undefined) return own.write.call(this, text, offset, length, known(encoding));
  if (length !== undefined) return own.write.call(this, text, offset, length);
  return offset === undefined ? own.write.call(this, text) : own.write.call(this, text, offset);
};

Buffer.prototype.fill = function fill(value, offset, end, encoding) {
  if (typeof offset === "string") return own.fill.call(this, value, known(offset));
  if (typeof end === "string") return own.fill.call(this, value, offset, known(end));
  return own.fill.call(this, value, offset, end, known(encoding));
};

for (const name of ["includes", "indexOf", "lastIndexOf"]) {
  Buffer.prototype[name] = {
    [name](value, offset, encoding) {
      return typeof offset === "string"
        ? own[name].call(this, value, known(offset))
        : own[name].call(this, value, offset, known(encoding));
    },
  }[name];
}

// What Node.js has below `toString` and `write`, which some packages call.
for (const encoding of ["ascii", "base64", "base64url", "hex", "latin1", "ucs2", "utf8"]) {
  Buffer.prototype[`${encoding}Slice`] = function (start, end) {
    return this.toString(encoding, start, end);
  };
  Buffer.prototype[`${encoding}Write`] = function (text, offset = 0, length = this.length - offset) {
    return this.write(text, offset, length, encoding);
  };
}

for (const [name, { configurable }] of Object.entries(Object.getOwnPropertyDescriptors(Buffer.prototype))) {
  if (configurable) Object.defineProperty(Buffer.prototype, name, { enumerable: false });
}

function bytesOf(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new ERR_INVALID_ARG_TYPE("input", ["ArrayBuffer", "Buffer", "TypedArray"], value);
}

function isUtf8(input) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(input));
    return true;
  } catch (error) {
    if (error.code === "ERR_INVALID_ARG_TYPE") throw error;
    return false;
  }
}

const { atob, Blob, btoa, File } = globalThis;
module.exports = {
  Blob,
  Buffer,
  File,
  INSPECT_MAX_BYTES: npm.INSPECT_MAX_BYTES,
  SlowBuffer: npm.SlowBuffer,
  atob,
  btoa,
  constants: { MAX_LENGTH: npm.kMaxLength, MAX_STRING_LENGTH: 536_870_888 },
  isAscii: (input) => bytesOf(input).every((byte) => byte < 0x80),
  isUtf8,
  kMaxLength: npm.kMaxLength,
  kStringMaxLength: 536_870_888,
  resolveObjectURL: () => undefined,
  transcode: (source, from, to) => Buffer.from(Buffer.from(source).toString(from), to),
};
