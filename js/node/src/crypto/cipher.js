// `createCipheriv` and `createDecipheriv`: AES.
const { core } = partyrun;
const { asBuffer, encoded } = require("../parts/buffers.js");
const bytes = require("../parts/bytes.js");
const { coded, validateString } = require("../parts/errors.js");
const LazyTransform = require("../parts/lazy_transform.js");
const { inside: { bytesOfKey } } = require("./keys.js");

const { op_pr_cipher, op_pr_cipher_finish, op_pr_cipher_update } = core.ops;
const names = ["128", "192", "256"].flatMap((bits) =>
  ["cbc", "ctr", "ecb", "gcm"].map((mode) => `aes-${bits}-${mode}`)
);
const others = { aes128: "aes-128-cbc", aes192: "aes-192-cbc", aes256: "aes-256-cbc" };
const codes = {
  "Invalid key length": "ERR_CRYPTO_INVALID_KEYLEN",
  "Invalid initialization vector": "ERR_CRYPTO_INVALID_IV",
  "wrong final block length": "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH",
  "bad decrypt": "ERR_OSSL_BAD_DECRYPT",
  "Unknown cipher": "ERR_CRYPTO_UNKNOWN_CIPHER",
  "Unsupported state": "ERR_CRYPTO_INVALID_STATE",
};

function attempt(call) {
  try {
    return call();
  } catch (error) {
    if (codes[error.message]) error.code = codes[error.message];
    throw error;
  }
}

const NOTHING = new Uint8Array();
const TAG = 16;

class Cipherlike extends LazyTransform {
  #cipher;
  #encrypts;
  #tagged;
  #aad = [];
  #tag = NOTHING;
  #pads = true;

  constructor(encrypts, name, key, iv, options) {
    super(options);
    validateString(name, "cipher");
    const lower = name.toLowerCase().replace(/^id-aes(\d+)-gcm$/, "aes-$1-gcm");
    const known = others[lower] ?? lower;
    const vector = iv === null ? NOTHING : bytes(iv, "iv");
    this.#encrypts = encrypts;
    this.#tagged = known.endsWith("-gcm");
    this.#cipher = attempt(() => op_pr_cipher(known, bytesOfKey(key), vector, encrypts));
  }

  /** @this {any} */
  _flush(done) {
    try {
      this.push(this.final());
      done();
    } catch (error) {
      done(error);
    }
  }

  /** @this {any} */
  _transform(chunk, encoding, done) {
    this.push(this.update(chunk, encoding));
    done();
  }

  final(encoding) {
    const output = attempt(() =>
      op_pr_cipher_finish(this.#cipher, this.#pads, Buffer.concat(this.#aad), this.#tag)
    );
    if (!this.#tagged || !this.#encrypts) return encoded(output, encoding);
    this.#tag = output.slice(0, TAG);
    return encoded(output.subarray(TAG), encoding);
  }

  getAuthTag() {
    if (!this.#tagged || !this.#encrypts || this.#tag.length === 0) {
      throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation getAuthTag");
    }
    return asBuffer(this.#tag);
  }

  setAAD(data, options) {
    this.#aad.push(bytes(data, "buffer", options?.encoding));
    return this;
  }

  setAuthTag(tag, encoding) {
    if (!this.#tagged || this.#encrypts) {
      throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation setAuthTag");
    }
    this.#tag = bytes(tag, "buffer", encoding);
    return this;
  }

  setAutoPadding(pads = true) {
    this.#pads = Boolean(pads);
    return this;
  }

  update(data, inputEncoding, outputEncoding) {
    return encoded(
      attempt(() => op_pr_cipher_update(this.#cipher, bytes(data, "data", inputEncoding))),
      outputEncoding,
    );
  }
}

class Cipheriv extends Cipherlike {
  constructor(...all) {
    super(true, ...all);
  }
}

class Decipheriv extends Cipherlike {
  constructor(...all) {
    super(false, ...all);
  }
}

const modes = { cbc: "cbc", ctr: "ctr", ecb: "ecb", gcm: "gcm" };

module.exports = {
  Cipheriv,
  Decipheriv,
  createCipheriv: (...all) => new Cipheriv(...all),
  createDecipheriv: (...all) => new Decipheriv(...all),
  getCipherInfo(name) {
    const known = names.find((each) => each === String(name).toLowerCase());
    if (known === undefined) return undefined;
    const [, bits, mode] = known.split("-");
    const info = { mode: modes[mode], name: known, keyLength: Number(bits) / 8 };
    if (mode !== "ecb") info.ivLength = mode === "gcm" ? 12 : 16;
    if (mode === "cbc" || mode === "ecb") info.blockSize = 16;
    return info;
  },
  getCiphers: () => [...names, ...Object.keys(others)],
};
