// Shared secrets: Diffie-Hellman over numbers and on curves.
const { core } = partyrun;
const primes = require("diffie-hellman/lib/primes.json");
const { asBuffer, encoded } = require("../parts/buffers.js");
const bytes = require("../parts/bytes.js");
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, coded, validateString } = require("../parts/errors.js");
const { KeyObject, inside: { handleOf } } = require("./keys.js");

const {
  op_pr_key_agree,
  op_pr_key_generate,
  op_pr_key_of_parts,
  op_pr_key_parts,
  op_pr_key_point,
  op_pr_power,
} = core.ops;
const curves = ["prime256v1", "secp256k1", "secp384r1", "secp521r1"];

// Numbers of the same length as the prime.
function padded(number, { length }) {
  const buffer = asBuffer(number);
  return buffer.length >= length ? buffer : Buffer.concat([Buffer.alloc(length - buffer.length), buffer]);
}

class DiffieHellman {
  #prime;
  #generator;
  #private;
  #public;

  constructor(prime, generator) {
    this.#prime = prime;
    this.#generator = generator;
  }

  computeSecret(other, inputEncoding, outputEncoding) {
    const point = bytes(other, "otherPublicKey", inputEncoding);
    if (!this.#private) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No private key");
    return encoded(padded(op_pr_power(point, this.#private, this.#prime), this.#prime), outputEncoding);
  }

  generateKeys(encoding) {
    if (!this.#private) {
      const drawn = globalThis.crypto.getRandomValues(new Uint8Array(this.#prime.length));
      // Less than the prime, which starts with ones.
      drawn[0] &= 0x7f;
      this.#private = Buffer.from(drawn);
    }
    this.#public = padded(op_pr_power(this.#generator, this.#private, this.#prime), this.#prime);
    return encoded(this.#public, encoding);
  }

  getGenerator(encoding) {
    return encoded(this.#generator, encoding);
  }

  getPrime(encoding) {
    return encoded(this.#prime, encoding);
  }

  getPrivateKey(encoding) {
    if (!this.#private) {
      throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No private key - did you forget to generate one?");
    }
    return encoded(this.#private, encoding);
  }

  getPublicKey(encoding) {
    if (!this.#public) {
      throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No public key - did you forget to generate one?");
    }
    return encoded(this.#public, encoding);
  }

  get verifyError() {
    return 0;
  }

  setPrivateKey(key, encoding) {
    this.#private = Buffer.from(bytes(key, "privateKey", encoding));
  }

  setPublicKey(key, encoding) {
    this.#public = Buffer.from(bytes(key, "publicKey", encoding));
  }
}

function createDiffieHellman(prime, primeEncoding, generator, generatorEncoding) {
  if (typeof prime === "number") {
    throw coded(
      Error,
      "ERR_METHOD_NOT_IMPLEMENTED",
      "crypto.createDiffieHellman is not implemented for a length: name a group, or give a prime",
    );
  }
  if (primeEncoding !== undefined && !Buffer.isEncoding(primeEncoding) && primeEncoding !== "buffer") {
    [primeEncoding, generator, generatorEncoding] = [undefined, primeEncoding, generator];
  }
  if (typeof generator === "number") generator = Buffer.of(generator);
  return new DiffieHellman(
    Buffer.from(bytes(prime, "sizeOrKey", primeEncoding)),
    generator === undefined ? Buffer.of(2) : Buffer.from(bytes(generator, "generator", generatorEncoding)),
  );
}

function getDiffieHellman(name) {
  const group = primes[String(name).toLowerCase()];
  if (group === undefined) throw coded(Error, "ERR_CRYPTO_UNKNOWN_DH_GROUP", "Unknown DH group");
  const made = new DiffieHellman(Buffer.from(group.prime, "hex"), Buffer.from(group.gen, "hex"));
  return Object.assign(made, { setPrivateKey: undefined, setPublicKey: undefined });
}

const forms = { compressed: true, hybrid: false, uncompressed: false };

function pointAs(curve, point, format = "uncompressed") {
  if (!Object.hasOwn(forms, format)) {
    throw coded(TypeError, "ERR_CRYPTO_ECDH_INVALID_FORMAT", `Invalid ECDH format: ${format}`);
  }
  const made = asBuffer(op_pr_key_point(curve, point, forms[format]));
  // The uncompressed form that also tells the sign (X9.62).
  if (format === "hybrid") made[0] = 6 + (made.at(-1) & 1);
  return made;
}

class ECDH {
  #curve;
  #key;
  #public;

  constructor(curve) {
    validateString(curve, "curve");
    if (!curves.includes(curve)) throw coded(TypeError, "ERR_CRYPTO_INVALID_CURVE", "Invalid EC curve name");
    this.#curve = curve;
  }

  static convertKey(key, curve, inputEncoding, outputEncoding, format) {
    validateString(curve, "curve");
    return encoded(pointAs(curve, bytes(key, "key", inputEncoding), format), outputEncoding);
  }

  computeSecret(other, inputEncoding, outputEncoding) {
    const point = bytes(other, "otherPublicKey", inputEncoding);
    if (!this.#key) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "No private key");
    let theirs;
    try {
      theirs = op_pr_key_of_parts(this.#curve, [new Uint8Array(point)], false);
    } catch {
      throw coded(Error, "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY", "Public key is not valid for specified curve");
    }
    return encoded(op_pr_key_agree(this.#key, theirs), outputEncoding);
  }

  #pointOf(key) {
    const [x, y] = op_pr_key_parts(key);
    return Buffer.concat([Buffer.of(4), bytes(x), bytes(y)]);
  }

  generateKeys(encoding, format) {
    this.#key = op_pr_key_generate(this.#curve);
    this.#public = this.#pointOf(this.#key);
    return this.getPublicKey(encoding, format);
  }

  getPrivateKey(encoding) {
    if (!this.#key) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Failed to get ECDH private key");
    return encoded(bytes(op_pr_key_parts(this.#key)[2]), encoding);
  }

  getPublicKey(encoding, format) {
    if (!this.#public) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Failed to get ECDH public key");
    return encoded(pointAs(this.#curve, this.#public, format), encoding);
  }

  setPrivateKey(key, encoding) {
    const secret = bytes(key, "privateKey", encoding);
    try {
      this.#key = op_pr_key_of_parts(this.#curve, [new Uint8Array(secret)], true);
    } catch {
      throw coded(Error, "ERR_CRYPTO_INVALID_KEYTYPE", "Private key is not valid for specified curve.");
    }
    this.#public = this.#pointOf(this.#key);
  }

  setPublicKey(key, encoding) {
    this.#public = pointAs(this.#curve, bytes(key, "publicKey", encoding));
  }
}

function diffieHellman(options) {
  if (options === null || typeof options !== "object") {
    throw new ERR_INVALID_ARG_TYPE("options", "object", options);
  }
  const { privateKey, publicKey } = options;
  if (!(privateKey instanceof KeyObject)) throw new ERR_INVALID_ARG_VALUE("options.privateKey", privateKey);
  if (!(publicKey instanceof KeyObject)) throw new ERR_INVALID_ARG_VALUE("options.publicKey", publicKey);
  if (privateKey.type !== "private") {
    throw coded(
      TypeError,
      "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE",
      `Invalid key object type ${privateKey.type}, expected private.`,
    );
  }
  const kinds = [privateKey, publicKey].map((/** @type {any} */ key) => key.asymmetricKeyType);
  if (kinds[0] !== kinds[1]) {
    throw coded(
      Error,
      "ERR_CRYPTO_INCOMPATIBLE_KEY",
      `Incompatible key types for Diffie-Hellman: ${kinds[0]} and ${kinds[1]}`,
    );
  }
  return asBuffer(op_pr_key_agree(handleOf(privateKey), handleOf(publicKey)));
}

const callable = (type) => new Proxy(type, { apply: (target, _, args) => new target(...args) });

module.exports = {
  DiffieHellman: new Proxy(DiffieHellman, {
    apply: (_, __, args) => createDiffieHellman(...args),
    construct: (_, args) => createDiffieHellman(...args),
  }),
  DiffieHellmanGroup: new Proxy(DiffieHellman, {
    apply: (_, __, args) => getDiffieHellman(...args),
    construct: (_, args) => getDiffieHellman(...args),
  }),
  ECDH: callable(ECDH),
  createDiffieHellman,
  createDiffieHellmanGroup: getDiffieHellman,
  createECDH: (curve) => new ECDH(curve),
  diffieHellman,
  getCurves: () => [...curves],
  getDiffieHellman,
};
