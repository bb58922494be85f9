// Keys as objects. Only secret keys: those of pairs are `crypto.subtle`'s.
const bytes = require("../parts/bytes.js");
const { ERR_INVALID_ARG_VALUE, coded } = require("../parts/errors.js");
const { notImplemented } = require("../parts/refuse.js");

class KeyObject {
  #bytes;

  constructor(type, handle) {
    if (type !== "secret") throw new ERR_INVALID_ARG_VALUE("type", type);
    this.#bytes = handle;
  }

  static from(key) {
    throw coded(Error, "ERR_METHOD_NOT_IMPLEMENTED", `KeyObject.from is not implemented: export the key with crypto.subtle, of type ${key?.type}`);
  }

  get symmetricKeySize() {
    return this.#bytes.length;
  }

  get type() {
    return "secret";
  }

  get [Symbol.for("partyrun.KeyObject")]() {
    return true;
  }

  get [Symbol.toStringTag]() {
    return "KeyObject";
  }

  equals(other) {
    return Buffer.compare(this.#bytes, bytesOfKey(other)) === 0;
  }

  export({ format = "buffer" } = {}) {
    if (format === "jwk") return { kty: "oct", k: this.#bytes.toString("base64url") };
    return Buffer.from(this.#bytes);
  }
}

function createSecretKey(key, encoding) {
  return new KeyObject("secret", Buffer.from(bytes(key, "key", encoding)));
}

// The bytes of a key in one of the forms that functions take.
function bytesOfKey(key, encoding) {
  if (key instanceof KeyObject) return key.export();
  return bytes(key, "key", encoding);
}

module.exports = {
  KeyObject,
  bytesOfKey,
  createPrivateKey: notImplemented("crypto.createPrivateKey"),
  createPublicKey: notImplemented("crypto.createPublicKey"),
  createSecretKey,
};
