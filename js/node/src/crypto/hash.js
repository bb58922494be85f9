// `createHash`, `createHmac` and the keys they take.
const { core } = partyrun;
const bytes = require("../parts/bytes.js");
const { encoded } = require("../parts/buffers.js");
const { ERR_INVALID_ARG_TYPE, coded, validateString } = require("../parts/errors.js");
const LazyTransform = require("../parts/lazy_transform.js");
const { inside: { bytesOfKey } } = require("./keys.js");

const { op_pr_hash, op_pr_hash_copy, op_pr_hash_finish, op_pr_hash_update, op_pr_hmac } = core.ops;

const names = [
  "md5",
  "ripemd160",
  "sha1",
  "sha224",
  "sha256",
  "sha384",
  "sha512",
  "sha512-224",
  "sha512-256",
  "sha3-224",
  "sha3-256",
  "sha3-384",
  "sha3-512",
];
const others = {
  rmd160: "ripemd160",
  ripemd: "ripemd160",
  "sha512/224": "sha512-224",
  "sha512/256": "sha512-256",
};

// One name of the many that OpenSSL knows a hash by.
function digestName(name) {
  const lower = name.toLowerCase().replace(/^rsa-/, "").replace(/^sha-(\d)/, "sha$1");
  const known = others[lower] ?? lower;
  if (names.includes(known)) return known;
  throw new Error("Digest method not supported");
}

const finalized = () => coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");

class Digesting extends LazyTransform {
  #hasher;
  #result;

  constructor(hasher, options) {
    super(options);
    this.#hasher = hasher;
  }

  _copy(options) {
    if (this.#hasher === undefined) throw finalized();
    return [op_pr_hash_copy(this.#hasher), options];
  }

  _finish() {
    if (this.#hasher === undefined) return undefined;
    this.#result = op_pr_hash_finish(this.#hasher);
    this.#hasher = undefined;
    return this.#result;
  }

  /** @this {any} */
  _flush(done) {
    this.push(this.digest());
    done();
  }

  /** @this {any} */
  _transform(chunk, encoding, done) {
    op_pr_hash_update(this.#hasher, bytes(chunk, "data", encoding));
    done();
  }

  update(data, encoding) {
    if (this.#hasher === undefined) throw finalized();
    op_pr_hash_update(this.#hasher, bytes(data, "data", encoding));
    return this;
  }
}

class Hash extends Digesting {
  constructor(algorithm, options) {
    // A copy brings its state.
    super(typeof algorithm === "string" ? op_pr_hash(digestName(algorithm)) : algorithm, options);
  }

  copy(options) {
    return new Hash(...this._copy(options));
  }

  digest(encoding) {
    const result = this._finish();
    if (result === undefined) throw finalized();
    return encoded(result, encoding);
  }
}

class Hmac extends Digesting {
  digest(encoding) {
    return encoded(this._finish() ?? new Uint8Array(), encoding);
  }
}

function createHash(algorithm, options) {
  validateString(algorithm, "algorithm");
  return new Hash(algorithm, options);
}

function createHmac(algorithm, key, options) {
  validateString(algorithm, "hmac");
  if (key === null || key === undefined) {
    throw new ERR_INVALID_ARG_TYPE("key", [
      "ArrayBuffer",
      "Buffer",
      "TypedArray",
      "DataView",
      "string",
      "KeyObject",
      "CryptoKey",
    ], key);
  }
  let name;
  try {
    name = digestName(algorithm);
  } catch {
    throw coded(TypeError, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${algorithm}`);
  }
  return new Hmac(op_pr_hmac(name, bytesOfKey(key)), options);
}

const hash = (algorithm, data, encoding = "hex") => createHash(algorithm).update(data).digest(encoding);

module.exports = {
  Hash,
  Hmac,
  createHash,
  createHmac,
  digestName,
  getHashes: () => [
    ...names.map((name) => `RSA-${name.toUpperCase()}`).filter((name) => /SHA\d+$|MD5/.test(name)),
    ...names,
  ],
  hash,
};
