// `zlib` of Node.js: whole buffers and streams, by zlib-rs and brotli.
const { core } = partyrun;
const { constants, codes, ...refusing } = require("unenv/node/zlib").default;
const { Transform } = require("stream");
const { asBuffer } = require("./parts/buffers.js");
const bytes = require("./parts/bytes.js");
const { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, coded, validateFunction, validateInteger } = require(
  "./parts/errors.js",
);

const {
  op_pr_compression,
  op_pr_compression_finish,
  op_pr_compression_taken,
  op_pr_compression_write,
  op_pr_hold,
} = core.ops;

// A whole output is at most this long, unless `maxOutputLength` says so.
const MAX_OUTPUT = 2 ** 29;
// Input that is taken between two looks at the reader of the output.
const PIECE = 65_536;
const NOTHING = new Uint8Array();

const { BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_PROCESS, Z_FINISH, Z_FULL_FLUSH, Z_NO_FLUSH } = constants;
const errnos = { Z_NEED_DICT: 2, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5 };

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

const isBrotli = (format) => format.startsWith("brotli");

// A number of the options, in its bounds.
function numberOf(options, name, min, max, usual) {
  const value = options[name];
  if (value === undefined || Number.isNaN(value)) return usual;
  if (typeof value !== "number") throw new ERR_INVALID_ARG_TYPE(`options.${name}`, "number", value);
  if (!(value >= min && value <= max)) {
    throw new ERR_OUT_OF_RANGE(
      `options.${name}`,
      max === Infinity ? `>= ${min}` : `>= ${min} and <= ${max}`,
      value,
    );
  }
  return value;
}

function dictionaryOf({ dictionary }) {
  if (dictionary === undefined) return NOTHING;
  if (ArrayBuffer.isView(dictionary) || dictionary instanceof ArrayBuffer) return bytes(dictionary);
  throw new ERR_INVALID_ARG_TYPE(
    "options.dictionary",
    ["Buffer", "TypedArray", "DataView", "ArrayBuffer"],
    dictionary,
  );
}

// How the options want data to be flushed, and how it shall end.
function flushesOf(format, options) {
  numberOf(options, "chunkSize", 64, Infinity, 0);
  numberOf(options, "maxOutputLength", 1, 2 ** 53 - 1, 0);
  if (isBrotli(format)) {
    return {
      flush: numberOf(options, "flush", 0, 3, BROTLI_OPERATION_PROCESS),
      finish: numberOf(options, "finishFlush", 0, 3, 2) === 2,
    };
  }
  return {
    flush: numberOf(options, "flush", 0, 5, Z_NO_FLUSH),
    finish: numberOf(options, "finishFlush", 0, 5, Z_FINISH) === Z_FINISH,
  };
}

function open(format, options) {
  op_pr_hold();
  if (isBrotli(format)) {
    const {
      [constants.BROTLI_PARAM_QUALITY]: quality = constants.BROTLI_DEFAULT_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: window = 22,
    } = options.params ?? {};
    return attempt(() => op_pr_compression(format, quality, window, 0, 0, NOTHING));
  }
  // No window size is that of the data.
  const window = options.windowBits === 0 && /^(inflate|gunzip|unzip)/.test(format)
    ? 15
    : numberOf(options, "windowBits", 8, 15, 15);
  const level = numberOf(options, "level", -1, 9, -1);
  const memory = numberOf(options, "memLevel", 1, 9, 8);
  const strategy = numberOf(options, "strategy", 0, 4, 0);
  return attempt(() => op_pr_compression(format, level, window, memory, strategy, dictionaryOf(options)));
}

// `unzip` takes both formats; the first byte tells.
const formatOf = (format, first) => format !== "unzip" ? format : first === 0x1f ? "gunzip" : "inflate";

// The end of the output. Who asks for it gets what there is of a text that was cut.
function ending(codec, finishes, limit) {
  try {
    return finishes
      ? attempt(() => op_pr_compression_finish(codec, limit))
      : attempt(() => op_pr_compression_write(codec, NOTHING, 2, limit));
  } catch (error) {
    if (finishes || error.code === "ERR_BUFFER_TOO_LARGE") throw error;
    return NOTHING;
  }
}

function convertSync(format, input, options) {
  options ??= {};
  const data = bytes(input, "buffer");
  const { finish } = flushesOf(format, options);
  const codec = open(formatOf(format, data[0]), options);
  const limit = Math.min(options.maxOutputLength ?? MAX_OUTPUT, MAX_OUTPUT);
  const parts = [asBuffer(attempt(() => op_pr_compression_write(codec, data, 0, limit)))];
  const taken = op_pr_compression_taken(codec);
  const rest = ending(codec, finish, limit);
  if (rest.length > 0) parts.push(asBuffer(rest));
  const whole = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  if (whole.length > limit) {
    throw coded(RangeError, "ERR_BUFFER_TOO_LARGE", `Cannot create a Buffer larger than ${limit} bytes`);
  }
  if (!options.info) return whole;
  const engine = new classes[format](options);
  engine.bytesWritten = taken < 0 ? data.length : taken;
  return { buffer: whole, engine };
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
  #flush;
  #finishes;

  constructor(format, options) {
    options ??= {};
    const { flush, finish } = flushesOf(format, options);
    super({ ...options, decodeStrings: true, objectMode: false });
    this.#format = format;
    this.#options = options;
    this.#flush = flush;
    this.#finishes = finish;
    this.bytesWritten = 0;
    // Bad options are told here; which of both formats it is, the first byte.
    const codec = open(formatOf(format, 0), options);
    if (format !== "unzip") this.#codec = codec;
  }

  get _closed() {
    return this.destroyed;
  }

  get bytesRead() {
    return this.bytesWritten;
  }

  _flush(done) {
    try {
      const rest = this.#codec === undefined ? NOTHING : ending(this.#codec, this.#finishes, MAX_OUTPUT);
      if (rest.length > 0) this.push(asBuffer(rest));
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
      const isLast = at + PIECE >= data.length;
      this.#put(data.subarray(at, at + PIECE), isLast ? this.#flush : 0);
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
    if (typeof kind === "function") [kind, callback] = [undefined, kind];
    const how = kind ?? (isBrotli(this.#format) ? BROTLI_OPERATION_FLUSH : Z_FULL_FLUSH);
    const now = () => {
      try {
        if (this.#codec !== undefined && !this.destroyed && !this.writableFinished) this.#put(NOTHING, how);
      } catch (error) {
        this.destroy(error);
      }
      callback?.();
    };
    // Behind what is written already.
    if (this.writableLength === 0) queueMicrotask(now);
    else this.write(Buffer.alloc(0), now);
  }

  params(level, strategy, callback) {
    validateInteger(level, "level", -1, 9);
    validateInteger(strategy, "strategy", 0, 4);
    // The level stays: what follows is valid at any.
    this.flush(2, callback);
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
// By format.
const classes = {};
for (const [name, format] of Object.entries(formats)) {
  const type = {
    [name]: class extends Codec {
      constructor(options) {
        super(format, options);
      }
    },
  }[name];
  classes[format] = type;
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
  if (typeof data !== "string" && !ArrayBuffer.isView(data)) {
    throw new ERR_INVALID_ARG_TYPE("data", ["Buffer", "TypedArray", "DataView", "string"], data);
  }
  validateInteger(value, "value", 0, 2 ** 32 - 1);
  let c = ~value;
  for (const byte of bytes(data)) c = table[(c ^ byte) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}

module.exports = { ...refusing, ...constants, ...made, codes, constants, crc32 };
