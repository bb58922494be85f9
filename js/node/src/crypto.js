// `crypto` of Node.js: what is drawn at random is made here, the rest in the folder of the same name, of
// which a file is evaluated when something of it is first asked for. Web Crypto is here too.
const refusing = require("unenv/node/crypto");
const bytes = require("./parts/bytes.js");
const lazily = require("./parts/lazily.js");
const { ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, coded, validateFunction, validateInteger } = require(
  "./parts/errors.js",
);

const web = globalThis.crypto;
const DRAW = 65_536;
const LARGEST = 2 ** 31 - 1;

function fill(view) {
  const all = bytes(view, "buf");
  for (let at = 0; at < all.length; at += DRAW) web.getRandomValues(all.subarray(at, at + DRAW));
  return view;
}

const later = (callback, ...values) => setTimeout(() => callback(...values), 0);

function randomBytes(size, callback) {
  validateInteger(size, "size", 0, LARGEST);
  if (callback !== undefined) validateFunction(callback, "callback");
  const drawn = fill(Buffer.alloc(size));
  if (callback === undefined) return drawn;
  later(callback, null, drawn);
}

function randomFillSync(buffer, offset = 0, size = undefined) {
  const all = bytes(buffer, "buf");
  const width = buffer.BYTES_PER_ELEMENT ?? 1;
  const start = offset * width;
  const length = size === undefined ? all.length - start : size * width;
  if (start < 0 || start > all.length) {
    throw new ERR_OUT_OF_RANGE("offset", `>= 0 && <= ${all.length}`, offset);
  }
  if (length < 0 || start + length > all.length) {
    throw new ERR_OUT_OF_RANGE("size + offset", `<= ${all.length}`, start + length);
  }
  fill(all.subarray(start, start + length));
  return buffer;
}

function randomFill(buffer, offset, size, callback) {
  if (typeof offset === "function") [offset, size, callback] = [undefined, undefined, offset];
  else if (typeof size === "function") [size, callback] = [undefined, size];
  validateFunction(callback, "callback");
  later(callback, null, randomFillSync(buffer, offset, size));
}

// Without bias: what is above the last whole multiple of the range is drawn again.
function randomInt(min, max, callback) {
  if (max === undefined || typeof max === "function") [min, max, callback] = [0, min, max];
  if (!Number.isSafeInteger(min)) throw new ERR_INVALID_ARG_TYPE("min", "a safe integer", min);
  if (!Number.isSafeInteger(max)) throw new ERR_INVALID_ARG_TYPE("max", "a safe integer", max);
  const range = max - min;
  if (max <= min) throw new ERR_OUT_OF_RANGE("max", `greater than the value of "min" (${min})`, max);
  if (range > 2 ** 48 - 1) throw new ERR_OUT_OF_RANGE("max - min", `<= ${2 ** 48 - 1}`, range);
  const limit = 2 ** 48 - (2 ** 48 % range);
  let drawn;
  do drawn = fill(Buffer.alloc(6)).readUIntBE(0, 6); while (drawn >= limit);
  const result = min + (drawn % range);
  if (callback === undefined) return result;
  later(callback, undefined, result);
}

function timingSafeEqual(one, other) {
  if (typeof one === "string" || !(ArrayBuffer.isView(one) || one instanceof ArrayBuffer)) {
    throw new ERR_INVALID_ARG_TYPE("buf1", ["ArrayBuffer", "Buffer", "TypedArray", "DataView"], one);
  }
  if (typeof other === "string" || !(ArrayBuffer.isView(other) || other instanceof ArrayBuffer)) {
    throw new ERR_INVALID_ARG_TYPE("buf2", ["ArrayBuffer", "Buffer", "TypedArray", "DataView"], other);
  }
  const [a, b] = [bytes(one), bytes(other)];
  if (a.length !== b.length) {
    throw coded(
      RangeError,
      "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH",
      "Input buffers must have the same byte length",
    );
  }
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

module.exports = {
  ...refusing.default,
  fips: 0,
  getFips: () => 0,
  getRandomValues: (view) => web.getRandomValues(view),
  prng: randomBytes,
  pseudoRandomBytes: randomBytes,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID: () => web.randomUUID(),
  rng: randomBytes,
  secureHeapUsed: () => ({ total: 0, used: 0, utilization: 0, min: 0 }),
  setEngine: () => {},
  setFips: () => {},
  timingSafeEqual,
};

/** @type {[() => any, string][]} */
const files = [
  [() => require("./crypto/hash.js"), "Hash Hmac createHash createHmac getHashes hash"],
  [() => require("./crypto/keys.js"), "KeyObject createPrivateKey createPublicKey createSecretKey"],
  [() => require("./crypto/derive.js"), "hkdf hkdfSync pbkdf2 pbkdf2Sync scrypt scryptSync"],
  [
    () => require("./crypto/cipher.js"),
    "Cipheriv Decipheriv createCipheriv createDecipheriv getCipherInfo getCiphers",
  ],
  [() => require("./crypto/sign.js"), "Sign Verify createSign createVerify sign verify"],
  [() => require("./crypto/encrypt.js"), "privateDecrypt privateEncrypt publicDecrypt publicEncrypt"],
  [() => require("./crypto/generate.js"), "generateKey generateKeyPair generateKeyPairSync generateKeySync"],
  [
    () => require("./crypto/exchange.js"),
    "DiffieHellman DiffieHellmanGroup ECDH createDiffieHellman createDiffieHellmanGroup createECDH diffieHellman getCurves getDiffieHellman",
  ],
  [() => require("./crypto/certificate.js"), "X509Certificate"],
];
for (const [load, names] of files) lazily(module.exports, load, names.split(" "));
Object.defineProperties(module.exports, {
  subtle: { get: () => web.subtle, enumerable: true },
  webcrypto: { get: () => web, enumerable: true },
});
