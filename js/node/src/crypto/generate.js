// New keys: `generateKeyPair` and `generateKey`.
const { core } = partyrun;
const { promisify } = require("util");
const {
  ERR_INVALID_ARG_TYPE,
  ERR_INVALID_ARG_VALUE,
  coded,
  validateFunction,
  validateInteger,
  validateString,
} = require("../parts/errors.js");
const { createSecretKey, inside } = require("./keys.js");

const {
  op_pr_key_describe,
  op_pr_key_generate,
  op_pr_key_generate_rsa,
  op_pr_key_generate_rsa_sync,
  op_pr_key_public,
  op_pr_key_read,
} = core.ops;
const { PrivateKeyObject, PublicKeyObject, exported } = inside;
const MAX = 2 ** 31 - 1;
const USUAL_EXPONENT = 65_537;
const KINDS = ["dh", "dsa", "ec", "ed25519", "ed448", "rsa", "rsa-pss", "x25519", "x448"];

// The function that makes a key, and whether it takes long.
function makerOf(type, options) {
  validateString(type, "type");
  if (["ed25519", "x25519"].includes(type)) return { now: () => op_pr_key_generate(type) };
  if (!KINDS.includes(type)) throw new ERR_INVALID_ARG_VALUE("type", type, "must be a supported key type");
  if (options === null || typeof options !== "object") {
    throw new ERR_INVALID_ARG_TYPE("options", "object", options);
  }
  if (type === "rsa") {
    const { modulusLength, publicExponent = USUAL_EXPONENT } = options;
    validateInteger(modulusLength, "options.modulusLength", 0, MAX);
    validateInteger(publicExponent, "options.publicExponent", 0, 2 ** 32 - 1);
    return {
      now: () => op_pr_key_read(op_pr_key_generate_rsa_sync(modulusLength, publicExponent), "pkcs8"),
      later: async () => op_pr_key_read(await op_pr_key_generate_rsa(modulusLength, publicExponent), "pkcs8"),
    };
  }
  if (type === "ec") {
    validateString(options.namedCurve, "options.namedCurve");
    return {
      now: () => {
        try {
          return op_pr_key_generate(options.namedCurve);
        } catch {
          throw coded(TypeError, "ERR_CRYPTO_INVALID_CURVE", "Invalid EC curve name");
        }
      },
    };
  }
  throw coded(
    Error,
    "ERR_METHOD_NOT_IMPLEMENTED",
    `Key pairs of type '${type}' are not implemented: rsa, ec, ed25519 and x25519 are`,
  );
}

function pairOf(handle, { privateKeyEncoding = undefined, publicKeyEncoding = undefined } = {}) {
  const open = op_pr_key_public(handle);
  const description = op_pr_key_describe(handle);
  return {
    publicKey: publicKeyEncoding
      ? exported(open, publicKeyEncoding, false, description)
      : new PublicKeyObject(open),
    privateKey: privateKeyEncoding
      ? exported(handle, privateKeyEncoding, true, description)
      : new PrivateKeyObject(handle),
  };
}

const generateKeyPairSync = (type, options) => pairOf(makerOf(type, options).now(), options ?? {});

function generateKeyPair(type, options, callback) {
  if (typeof options === "function") [options, callback] = [undefined, options];
  validateFunction(callback, "callback");
  const { now, later = async () => now() } = makerOf(type, options);
  later().then((handle) => pairOf(handle, options ?? {})).then(
    ({ publicKey, privateKey }) => setTimeout(() => callback(null, publicKey, privateKey), 0),
    (error) => setTimeout(() => callback(error), 0),
  );
}
generateKeyPair[promisify.custom] = (type, options) =>
  new Promise((resolve, reject) => {
    generateKeyPair(type, options, (error, publicKey, privateKey) =>
      error ? reject(error) : resolve({ publicKey, privateKey }));
  });

function generateKeySync(type, options) {
  validateString(type, "type");
  if (options === null || typeof options !== "object") {
    throw new ERR_INVALID_ARG_TYPE("options", "object", options);
  }
  if (type === "hmac") validateInteger(options.length, "options.length", 8, MAX);
  else if (type !== "aes") throw new ERR_INVALID_ARG_VALUE("type", type, "must be a supported key type");
  else if (![128, 192, 256].includes(options.length)) {
    throw new ERR_INVALID_ARG_VALUE("options.length", options.length, "must be one of: 128, 192, 256");
  }
  const bytes = new Uint8Array(Math.floor(options.length / 8));
  for (let at = 0; at < bytes.length; at += 65_536) {
    globalThis.crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return createSecretKey(bytes);
}

function generateKey(type, options, callback) {
  validateFunction(callback, "callback");
  const key = generateKeySync(type, options);
  setTimeout(() => callback(null, key), 0);
}

module.exports = { generateKey, generateKeyPair, generateKeyPairSync, generateKeySync };
