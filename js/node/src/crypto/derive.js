// Keys from passwords and other keys.
const { core } = partyrun;
const { asBuffer } = require("../parts/buffers.js");
const bytes = require("../parts/bytes.js");
const { ERR_INVALID_ARG_TYPE, coded, validateFunction, validateInteger } = require("../parts/errors.js");
const { createHmac, createHash, digestName } = require("./hash.js");
const { inside: { bytesOfKey } } = require("./keys.js");

const { op_pr_pbkdf2, op_pr_pbkdf2_sync, op_pr_scrypt, op_pr_scrypt_sync } = core.ops;
const MAX = 2 ** 31 - 1;

const answer = (promise, callback) => {
  promise.then((key) => callback(null, asBuffer(key)), (error) => callback(error));
};

function pbkdf2Arguments(password, salt, iterations, length, digest) {
  if (typeof digest !== "string") throw new ERR_INVALID_ARG_TYPE("digest", "string", digest);
  password = bytes(password, "password");
  salt = bytes(salt, "salt");
  validateInteger(iterations, "iterations", 1, MAX);
  validateInteger(length, "keylen", 0, MAX);
  let name;
  try {
    name = digestName(digest);
  } catch {
    throw coded(TypeError, "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${digest}`);
  }
  return [name, password, salt, iterations, length];
}

function pbkdf2(password, salt, iterations, length, digest, callback) {
  if (typeof digest === "function") [digest, callback] = [undefined, digest];
  const all = pbkdf2Arguments(password, salt, iterations, length, digest);
  validateFunction(callback, "callback");
  answer(op_pr_pbkdf2(...all), callback);
}

const pbkdf2Sync = (...all) => asBuffer(op_pr_pbkdf2_sync(...pbkdf2Arguments(...all)));

function scryptArguments(password, salt, length, options = {}) {
  password = bytes(password, "password");
  salt = bytes(salt, "salt");
  validateInteger(length, "keylen", 0, MAX);
  const N = options.N ?? options.cost ?? 16_384;
  const r = options.r ?? options.blockSize ?? 8;
  const p = options.p ?? options.parallelization ?? 1;
  const maxmem = options.maxmem || 32 * 1024 * 1024;
  for (const [name, value] of Object.entries({ N, r, p })) validateInteger(value, name, 1, MAX);
  const cost = Math.log2(N);
  if (!Number.isInteger(cost) || cost < 1) {
    throw coded(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params");
  }
  if (128 * N * r > maxmem) {
    throw coded(
      RangeError,
      "ERR_CRYPTO_INVALID_SCRYPT_PARAMS",
      "Invalid scrypt params: memory limit exceeded",
    );
  }
  return [password, salt, cost, r, p, length];
}

function scrypt(password, salt, length, options, callback) {
  if (typeof options === "function") [options, callback] = [undefined, options];
  const all = scryptArguments(password, salt, length, options);
  validateFunction(callback, "callback");
  answer(op_pr_scrypt(...all), callback);
}

const scryptSync = (...all) => asBuffer(op_pr_scrypt_sync(...scryptArguments(...all)));

// RFC 5869.
function hkdfSync(digest, key, salt, info, length) {
  if (typeof digest !== "string") throw new ERR_INVALID_ARG_TYPE("digest", "string", digest);
  validateInteger(length, "length", 0, MAX);
  salt = bytes(salt, "salt");
  info = bytes(info, "info");
  const size = createHash(digest).digest().length;
  if (length > 255 * size) throw coded(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
  const secret = createHmac(digest, salt).update(bytesOfKey(key)).digest();
  const parts = [];
  let last = Buffer.alloc(0);
  for (let made = 0, count = 1; made < length; made += size, count++) {
    last = createHmac(digest, secret).update(last).update(info).update(Uint8Array.of(count)).digest();
    parts.push(last);
  }
  return new Uint8Array(Buffer.concat(parts)).slice(0, length).buffer;
}

function hkdf(digest, key, salt, info, length, callback) {
  validateFunction(callback, "callback");
  const derived = hkdfSync(digest, key, salt, info, length);
  setTimeout(() => callback(null, derived), 0);
}

module.exports = { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync };
