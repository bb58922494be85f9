// Keys as objects, and the many forms in which functions take them.
const { core } = partyrun;
const { asBuffer } = require("../parts/buffers.js");
const bytes = require("../parts/bytes.js");
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, coded } = require("../parts/errors.js");
const { types: { isCryptoKey } } = require("util");
const jwk = require("./jwk.js");
const pem = require("./pem.js");

const { op_pr_certificate, op_pr_key_describe, op_pr_key_public, op_pr_key_read, op_pr_key_write } = core.ops;
// The class is the engine's; what of it is not the standard's could be taken off it.
/** @type {any} */
const { exportNodeMaterial } = CryptoKey;
const BYTES = ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"];
const ACCEPTED = [...BYTES, "KeyObject", "CryptoKey"];
const KINDS = ["secret", "public", "private"];

class KeyObject {
  #type;
  #handle;

  // `handle` is the bytes of a secret key or what an op has made.
  constructor(type, handle) {
    if (!KINDS.includes(type)) throw new ERR_INVALID_ARG_VALUE("type", type);
    if (typeof handle !== "object" || handle === null) {
      throw new ERR_INVALID_ARG_TYPE("handle", "object", handle);
    }
    this.#type = type;
    this.#handle = handle;
  }

  static from(key) {
    if (!isCryptoKey(key)) throw new ERR_INVALID_ARG_TYPE("key", "CryptoKey", key);
    const { type, data } = materialOf(key);
    if (type === "secret") return new SecretKeyObject(asBuffer(data));
    if (type === "public") return new PublicKeyObject(op_pr_key_read(data, "spki"));
    return new PrivateKeyObject(op_pr_key_read(data, "pkcs8"));
  }

  static handleOf(key) {
    return key.#handle;
  }

  get [Symbol.for("partyrun.KeyObject")]() {
    return true;
  }

  get [Symbol.toStringTag]() {
    return "KeyObject";
  }

  get type() {
    return this.#type;
  }

  equals(other) {
    if (!(other instanceof KeyObject)) throw new ERR_INVALID_ARG_TYPE("otherKeyObject", "KeyObject", other);
    if (this.#type !== other.#type) return false;
    return Buffer.compare(canonical(this), canonical(other)) === 0;
  }
}

class SecretKeyObject extends KeyObject {
  constructor(handle) {
    super("secret", handle);
  }

  get symmetricKeySize() {
    return handleOf(this).length;
  }

  export({ format = "buffer" } = {}) {
    if (format === "jwk") return { kty: "oct", k: handleOf(this).toString("base64url") };
    if (format !== "buffer") throw new ERR_INVALID_ARG_VALUE("options.format", format);
    return Buffer.from(handleOf(this));
  }
}

class AsymmetricKeyObject extends KeyObject {
  #description;

  get #known() {
    return this.#description ??= op_pr_key_describe(handleOf(this));
  }

  get asymmetricKeyDetails() {
    const { modulusLength, publicExponent, namedCurve } = this.#known;
    if (modulusLength !== undefined) return { modulusLength, publicExponent: BigInt(publicExponent) };
    return namedCurve === undefined ? {} : { namedCurve };
  }

  get asymmetricKeyType() {
    return this.#known.kind;
  }

  export(options) {
    return exported(handleOf(this), options, this.type === "private", this.#known);
  }
}

class PublicKeyObject extends AsymmetricKeyObject {
  constructor(handle) {
    super("public", handle);
  }
}

class PrivateKeyObject extends AsymmetricKeyObject {
  constructor(handle) {
    super("private", handle);
  }
}

const { handleOf } = KeyObject;
delete KeyObject.handleOf;

function canonical(key) {
  if (key.type === "secret") return handleOf(key);
  return asBuffer(op_pr_key_write(handleOf(key), key.type === "public" ? "spki" : "pkcs8"));
}

function materialOf(key) {
  if (!key.extractable) {
    throw coded(
      Error,
      "ERR_METHOD_NOT_IMPLEMENTED",
      "A CryptoKey that is not extractable cannot be used with node:crypto: import it as extractable, or use crypto.subtle",
    );
  }
  const { type, data } = exportNodeMaterial(key);
  return { type, data: bytes(data) };
}

// The form that options of `export` and of key generation name.
function formOf({ type, format }, isPrivate, kind) {
  const allowed = isPrivate
    ? ["pkcs8", ...(kind.startsWith("rsa") ? ["pkcs1"] : []), ...(kind === "ec" ? ["sec1"] : [])]
    : ["spki", ...(kind.startsWith("rsa") ? ["pkcs1"] : [])];
  if (format !== "pem" && format !== "der") throw new ERR_INVALID_ARG_VALUE("options.format", format);
  if (!allowed.includes(type)) throw new ERR_INVALID_ARG_VALUE("options.type", type);
  return type === "pkcs1" ? `pkcs1-${isPrivate ? "private" : "public"}` : type;
}

function exported(handle, options, isPrivate, description) {
  if (options === null || typeof options !== "object") {
    throw new ERR_INVALID_ARG_TYPE("options", "object", options);
  }
  if (options.cipher !== undefined || (options.passphrase !== undefined && options.format !== "jwk")) {
    throw coded(
      Error,
      "ERR_METHOD_NOT_IMPLEMENTED",
      "Encrypted private keys are not implemented: export the key without a cipher",
    );
  }
  if (options.format === "jwk") return jwk.write(handle, description);
  const form = formOf(options, isPrivate, description.kind);
  const der = asBuffer(op_pr_key_write(handle, form));
  return options.format === "pem" ? pem.wrap(der, form) : der;
}

function read(der, form) {
  try {
    return op_pr_key_read(der, form);
  } catch (error) {
    if (/^Unsupported kind/.test(error.message)) throw error;
    throw pem.unsupported();
  }
}

function attempt(der, forms) {
  for (const form of forms) {
    try {
      return op_pr_key_read(der, form);
    } catch {
      // Another form, maybe.
    }
  }
  throw pem.unsupported();
}

const isBytes = (value) =>
  typeof value === "string" || ArrayBuffer.isView(value) || value instanceof ArrayBuffer;

// A key of the forms that `createPublicKey` and all others take: an object with a `key`, or the key.
function parse(input) {
  if (input instanceof KeyObject || isBytes(input) || isCryptoKey(input)) {
    return { key: input, format: "pem" };
  }
  if (input === null || typeof input !== "object") throw new ERR_INVALID_ARG_TYPE("key", ACCEPTED, input);
  const { key, format = "pem", type, encoding } = input;
  if (format === "jwk") {
    if (key === null || typeof key !== "object") throw new ERR_INVALID_ARG_TYPE("key.key", "object", key);
  } else if (!(key instanceof KeyObject || isBytes(key) || isCryptoKey(key))) {
    throw new ERR_INVALID_ARG_TYPE("key.key", ACCEPTED, key);
  }
  return { key, format, type, encoding };
}

function privateHandle(input) {
  let { key, format, type, encoding } = parse(input);
  if (isCryptoKey(key)) key = KeyObject.from(key);
  if (key instanceof KeyObject) {
    if (key.type !== "private") {
      throw coded(
        TypeError,
        "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE",
        `Invalid key object type ${key.type}, expected private.`,
      );
    }
    return handleOf(key);
  }
  if (format === "jwk") return jwk.read(key, true);
  if (format === "der") {
    if (!["pkcs1", "pkcs8", "sec1"].includes(type)) throw new ERR_INVALID_ARG_VALUE("options.type", type);
    return read(bytes(key, "key", encoding), type === "pkcs1" ? "pkcs1-private" : type);
  }
  if (format !== "pem") throw new ERR_INVALID_ARG_VALUE("options.format", format);
  const found = pem.unwrap(typeof key === "string" ? key : Buffer.from(bytes(key)).toString("latin1"));
  if (!["pkcs8", "pkcs1-private", "sec1"].includes(found?.form)) throw pem.unsupported();
  return read(found.der, found.form);
}

// Of a private key, its public half.
function publicHandle(input) {
  let { key, format, type, encoding } = parse(input);
  if (isCryptoKey(key)) key = KeyObject.from(key);
  if (key instanceof KeyObject) {
    if (key.type === "secret") {
      throw coded(
        TypeError,
        "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE",
        "Invalid key object type secret, expected private or public.",
      );
    }
    return key.type === "private" ? op_pr_key_public(handleOf(key)) : handleOf(key);
  }
  if (format === "jwk") return jwk.read(key, false);
  if (format === "der") {
    const forms =
      { pkcs1: ["pkcs1-public", "pkcs1-private"], spki: ["spki"], pkcs8: ["pkcs8"], sec1: ["sec1"] }[type];
    if (forms === undefined) throw new ERR_INVALID_ARG_VALUE("options.type", type);
    return op_pr_key_public(attempt(bytes(key, "key", encoding), forms));
  }
  if (format !== "pem") throw new ERR_INVALID_ARG_VALUE("options.format", format);
  const found = pem.unwrap(typeof key === "string" ? key : Buffer.from(bytes(key)).toString("latin1"));
  if (found === undefined) throw pem.unsupported();
  if (found.form === "x509") return read(bytes(op_pr_certificate(found.der).publicKey), "spki");
  return op_pr_key_public(read(found.der, found.form));
}

// Private when there is a private half.
function eitherHandle(input) {
  try {
    return privateHandle(input);
  } catch (error) {
    if (error.code === "ERR_METHOD_NOT_IMPLEMENTED") throw error;
    return publicHandle(input);
  }
}

function createSecretKey(key, encoding) {
  const secret = Buffer.from(bytes(key, "key", encoding));
  return new SecretKeyObject(secret);
}

function createPublicKey(input) {
  if (input instanceof KeyObject && input.type !== "private") {
    throw coded(
      TypeError,
      "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE",
      `Invalid key object type ${input.type}, expected private.`,
    );
  }
  return new PublicKeyObject(publicHandle(input));
}

function createPrivateKey(input) {
  if (input instanceof KeyObject) throw new ERR_INVALID_ARG_TYPE("key", BYTES, input);
  if (input === undefined || input === null) throw new ERR_INVALID_ARG_TYPE("key", BYTES, input);
  return new PrivateKeyObject(privateHandle(input));
}

// The bytes of a key in one of the forms that functions take for secrets.
function bytesOfKey(key, encoding) {
  if (isCryptoKey(key)) key = KeyObject.from(key);
  if (key instanceof KeyObject) {
    if (key.type !== "secret") {
      throw coded(
        TypeError,
        "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE",
        `Invalid key object type ${key.type}, expected secret.`,
      );
    }
    return handleOf(key);
  }
  if (key === null || key === undefined) throw new ERR_INVALID_ARG_TYPE("key", ACCEPTED, key);
  return bytes(key, "key", encoding);
}

// What is for the other files here and not for users.
const inside = {
  PrivateKeyObject,
  PublicKeyObject,
  SecretKeyObject,
  bytesOfKey,
  eitherHandle,
  exported,
  formOf,
  handleOf,
  privateHandle,
  publicHandle,
};

module.exports = { KeyObject, createPrivateKey, createPublicKey, createSecretKey, inside };
