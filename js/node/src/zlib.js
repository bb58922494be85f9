// `zlib` of Node.js: whole buffers and streams, by flate2 and brotli.
const { core } = partyrun;
const { constants, codes, ...refusing } = require("unenv/node/zlib").default;
const { Transform } = require("stream");
const { asBuffer } = require("./parts/buffers.js");
const bytes = require("./parts/bytes.js");
const { coded, validateFunction } = require("./parts/errors.js");

const { op_pr_compression, op_pr_compression_finish, op_pr_compression_write } = core.ops;

// A whole output is at most this long, unless `maxOutputLength` says so.
const MAX_OUTPUT = 2 ** 29;
// Input that is taken between two looks at the reader of the output.
const PIECE = 65_536;
const NOTHING = new Uint8Array();

const errnos = { Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_BUF_ERROR: -5 };

// Ops name the code before the message.
function attempt(call) {
  try {
    return call();
  } catch (error) {
    const found = /^((?:Z|ERR)_[A-Z_]+) (.*)$/.exec(error.message);
    if (!found) throw error;
    const [, code, message] = found;
    if (code === "ERR_BUFFER_TOO_LARGE") throw coded(RangeError, code, message);
    throw Object.assign(coded(Error, code, message), { errno: errnos[code] });
  }
}

function open(format, options) {
  let level = options.level ?? constants.Z_DEFAULT_COMPRESSION;
  let window = 22;
  if (format.startsWith("brotli")) {
    level = options.params?.[constants.BROTLI_PARAM_QUALITY] ?? constants.BROTLI_DEFAULT_QUALITY;
    window = options.params?.[constants.BROTLI_PARAM_LGWIN] ?? window;
  } else if (!(level >= -1 && level <= 9)) {
    throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "options.level" is out of range. It must be >= -1 and <= 9. Received ${level}`);
  }
  if (options.dictionary !== undefined) {
    throw coded(Error, "ERR_METHOD_NOT_IMPLEMENTED", "zlib's option dictionary is not implemented");
  }
  return attempt(() => op_pr_compression(format, level < 0 ? 6 : level, window));
}

// `unzip` takes both formats; the first byte tells.
const formatOf = (format, first) => format !== "unzip" ? format : first === 0x1f ? "gunzip" : "inflate";

function convertSync(format, input, options = {}) {
  const data = bytes(input, "buffer");
  const codec = open(formatOf(format, data[0]), options ?? {});
  const limit = Math.min(options?.maxOutputLength ?? MAX_OUTPUT, MAX_OUTPUT);
  const output = attempt(() => op_pr_compression_write(codec, data, false, limit));
  const parts = [asBuffer(output)];
  const flushes = options?.finishFlush === constants.Z_SYNC_FLUSH;
  try {
    const rest = attempt(() => op_pr_compression_finish(codec));
    if (rest.length > 0) parts.push(asBuffer(rest));
  } catch (error) {
    // Who asks for it gets what there is of a text that was cut.
    if (!flushes) throw error;
  }
  const whole = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  if (whole.length > limit) throw coded(RangeError, "ERR_BUFFER_TOO_LARGE", `Cannot create a Buffer larger than ${limit} bytes`);
  return options?.info ? { buffer: whole, engine: undefined } : whole;
}

function convert(format, input, options, callback) {
  if (typeof options === "function") [options, callback] = [{}, options];
  validateFunction(callback, "callback");
  const data = bytes(input, "buffer");
  setTimeout(() => {
    let output;
    try {
      output = convertSync(format, data, options);
    } catch (error) {
      return callback(error);
    }
    callback(null, output);
  }, 0);
}

class Codec extends Transform {
  #codec;
  #format;
  #options;

  constructor(format, options = {}) {
    super({ ...options, decodeStrings: true });
    this.#format = format;
    this.#options = options ?? {};
    this.bytesWritten = 0;
    if (format !== "unzip") this.#codec = open(format, this.#options);
  }

  get _closed() {
    return this.destroyed;
  }

  get bytesRead() {
    return this.bytesWritten;
  }

  _flush(done) {
    try {
      if (this.#codec === undefined) return done();
      const flushes = this.#options.finishFlush === constants.Z_SYNC_FLUSH;
      try {
        const rest = attempt(() => op_pr_compression_finish(this.#codec));
        if (rest.length > 0) this.push(asBuffer(rest));
      } catch (error) {
        if (!flushes) throw error;
      }
      done();
    } catch (error) {
      done(error);
    }
  }

  _transform(chunk, _encoding, done) {
    try {
      this.#take(bytes(chunk));
      done();
    } catch (error) {
      done(error);
    }
  }

  #take(data) {
    if (data.length === 0) return;
    this.#codec ??= open(formatOf(this.#format, data[0]), this.#options);
    this.bytesWritten += data.length;
    for (let at = 0; at < data.length; at += PIECE) {
      this.#put(data.subarray(at, at + PIECE), false);
    }
  }

  #put(piece, flush) {
    const output = attempt(() => op_pr_compression_write(this.#codec, piece, flush, MAX_OUTPUT));
    if (output.length > 0) this.push(asBuffer(output));
  }

  close(callback) {
    if (callback) this.once("close", callback);
    this.destroy();
  }

  flush(kind, callback) {
    if (typeof kind === "function") callback = kind;
    const now = () => {
      try {
        if (this.#codec !== undefined && !this.destroyed && !this.writableFinished) this.#put(NOTHING, true);
      } catch (error) {
        this.destroy(error);
      }
      callback?.();
    };
    // Behind what is written already.
    if (this.writableLength === 0) queueMicrotask(now);
    else this.write(Buffer.alloc(0), now);
  }

  params(_level, _strategy, callback) {
    queueMicrotask(() => callback?.());
  }

  reset() {
    this.#codec = this.#format === "unzip" ? undefined : open(this.#format, this.#options);
  }
}

const formats = {
  BrotliCompress: "brotliCompress",
  BrotliDecompress: "brotliDecompress",
  Deflate: "deflate",
  DeflateRaw: "deflateRaw",
  Gunzip: "gunzip",
  Gzip: "gzip",
  Inflate: "inflate",
  InflateRaw: "inflateRaw",
  Unzip: "unzip",
};

const made = {};
for (const [name, format] of Object.entries(formats)) {
  const type = { [name]: class extends Codec {
    constructor(options) {
      super(format, options);
    }
  } }[name];
  // Node.js has functions, which may be called without `new`.
  made[name] = new Proxy(type, { apply: (target, _, args) => new target(...args) });
  made[`create${name}`] = (options) => new type(options);
  made[format] = (input, options, callback) => convert(format, input, options, callback);
  made[`${format}Sync`] = (input, options) => convertSync(format, input, options);
}

const table = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  table[n] = c;
}

function crc32(data, value = 0) {
  let c = ~value;
  for (const byte of bytes(data)) c = table[(c ^ byte) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}

module.exports = { ...refusing, ...constants, ...made, codes, constants, crc32 };
