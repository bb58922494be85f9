// Signatures: `createSign`, `createVerify`, `sign` and `verify`.
const { core } = partyrun;
const { Writable } = require("stream");
const { encoded } = require("../parts/buffers.js");
const bytes = require("../parts/bytes.js");
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, coded, validateFunction, validateString } = require(
  "../parts/errors.js",
);
const constants = require("./constants.js");
const { createHash, digestName } = require("./hash.js");
const { inside: { privateHandle, publicHandle } } = require("./keys.js");

const { op_pr_key_describe, op_pr_key_sign, op_pr_key_verify } = core.ops;

function nameOfDigest(algorithm) {
  try {
    return digestName(algorithm);
  } catch {
    throw coded(TypeError, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${algorithm}`);
  }
}

// What an op needs to know beside the key: padding and length of the salt.
function schemeOf(options, kind) {
  const { dsaEncoding = "der", padding, saltLength } =
    typeof options === "object" && !ArrayBuffer.isView(options) ? options : {};
  if (dsaEncoding !== "der" && dsaEncoding !== "ieee-p1363") {
    throw new ERR_INVALID_ARG_VALUE("options.dsaEncoding", dsaEncoding);
  }
  if (saltLength !== undefined && !Number.isInteger(saltLength)) {
    throw new ERR_INVALID_ARG_VALUE("options.saltLength", saltLength);
  }
  if (kind === "ec") return [dsaEncoding === "der" ? "der" : "raw", 0];
  if (padding === constants.RSA_PKCS1_PSS_PADDING || kind === "rsa-pss") {
    return ["pss", saltLength ?? constants.RSA_PSS_SALTLEN_AUTO];
  }
  if (padding !== undefined && padding !== constants.RSA_PKCS1_PADDING) {
    throw new ERR_INVALID_ARG_VALUE("options.padding", padding);
  }
  return ["pkcs1", 0];
}

// Curves that take the whole message, and have no digest.
const isWhole = (kind) => kind === "ed25519";
// What is used with a key when nobody names a digest.
const usualDigest = "sha256";

function prepared(algorithm, data, kind) {
  if (isWhole(kind)) {
    if (algorithm) {
      throw coded(Error, "ERR_OSSL_EVP_INVALID_DIGEST", "error:1C800069:Provider routines::invalid digest");
    }
    return ["", data];
  }
  const name = algorithm ? nameOfDigest(algorithm) : usualDigest;
  return [name, createHash(name).update(data).digest()];
}

class Digesting extends Writable {
  #name;
  #hash;

  constructor(algorithm, options) {
    validateString(algorithm, "algorithm");
    super(options);
    this.#name = nameOfDigest(algorithm);
    this.#hash = createHash(this.#name);
  }

  _write(chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  }

  _digest(handle) {
    const { kind } = op_pr_key_describe(handle);
    if (isWhole(kind)) throw coded(Error, "ERR_CRYPTO_UNSUPPORTED_OPERATION", "Unsupported crypto operation");
    return { kind, name: this.#name, hashed: this.#hash.digest() };
  }

  update(data, encoding) {
    this.#hash.update(data, encoding);
    return this;
  }
}

class Sign extends Digesting {
  sign(options, encoding) {
    if (!options) throw coded(Error, "ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign");
    const handle = privateHandle(options);
    const { kind, name, hashed } = this._digest(handle);
    return encoded(op_pr_key_sign(handle, name, hashed, ...schemeOf(options, kind)), encoding);
  }
}

class Verify extends Digesting {
  verify(options, signature, encoding) {
    const handle = publicHandle(options);
    const { kind, name, hashed } = this._digest(handle);
    return op_pr_key_verify(
      handle,
      name,
      hashed,
      ...schemeOf(options, kind),
      bytes(signature, "signature", encoding),
    );
  }
}

const answer = (call, callback) => {
  if (callback === undefined) return call();
  validateFunction(callback, "callback");
  let result;
  try {
    result = [null, call()];
  } catch (error) {
    result = [error];
  }
  setTimeout(() => callback(...result), 0);
};

function checked(algorithm, data) {
  if (algorithm != null) validateString(algorithm, "algorithm");
  if (typeof data === "string") {
    throw new ERR_INVALID_ARG_TYPE("data", ["Buffer", "TypedArray", "DataView"], data);
  }
  return bytes(data, "data");
}

function sign(algorithm, data, key, callback) {
  const message = checked(algorithm, data);
  if (!key) throw coded(Error, "ERR_CRYPTO_SIGN_KEY_REQUIRED", "No key provided to sign");
  const handle = privateHandle(key);
  const { kind } = op_pr_key_describe(handle);
  const scheme = schemeOf(key, kind);
  return answer(
    () => encoded(op_pr_key_sign(handle, ...prepared(algorithm, message, kind), ...scheme)),
    callback,
  );
}

function verify(algorithm, data, key, signature, callback) {
  const message = checked(algorithm, data);
  if (typeof signature === "string") {
    throw new ERR_INVALID_ARG_TYPE("signature", ["Buffer", "TypedArray", "DataView"], signature);
  }
  const given = bytes(signature, "signature");
  const handle = publicHandle(key);
  const { kind } = op_pr_key_describe(handle);
  const scheme = schemeOf(key, kind);
  return answer(
    () => op_pr_key_verify(handle, ...prepared(algorithm, message, kind), ...scheme, given),
    callback,
  );
}

const callable = (type) => new Proxy(type, { apply: (target, _, args) => new target(...args) });

module.exports = {
  Sign: callable(Sign),
  Verify: callable(Verify),
  createSign: (algorithm, options) => new Sign(algorithm, options),
  createVerify: (algorithm, options) => new Verify(algorithm, options),
  sign,
  verify,
};
