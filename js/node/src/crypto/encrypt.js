// Encryption with key pairs: `publicEncrypt` and its three siblings.
const { core } = partyrun;
const { asBuffer } = require("../parts/buffers.js");
const bytes = require("../parts/bytes.js");
const { ERR_INVALID_ARG_VALUE, coded } = require("../parts/errors.js");
const constants = require("./constants.js");
const { digestName } = require("./hash.js");
const { inside: { privateHandle, publicHandle } } = require("./keys.js");

const { op_pr_key_decrypt, op_pr_key_encrypt, op_pr_key_seal, op_pr_key_unseal } = core.ops;
const paddings = {
  [constants.RSA_NO_PADDING]: "none",
  [constants.RSA_PKCS1_PADDING]: "pkcs1",
  [constants.RSA_PKCS1_OAEP_PADDING]: "oaep",
};

function attempt(call) {
  try {
    return asBuffer(call());
  } catch (error) {
    const reason = /^The RSA operation failed: (.*)$/.exec(error.message)?.[1];
    if (reason === undefined) throw error;
    const [code, message] = reason === "message too long"
      ? [
        "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE",
        "error:0200006E:rsa routines::data too large for key size",
      ]
      : ["ERR_OSSL_RSA_OAEP_DECODING_ERROR", `error:02000079:rsa routines::oaep decoding error`];
    throw coded(Error, code, message);
  }
}

function ciphering(handleOf, op) {
  return (key, buffer) => {
    const handle = handleOf(key);
    const { encoding, oaepHash = "sha1", oaepLabel = "", padding = constants.RSA_PKCS1_OAEP_PADDING } = key ??
      {};
    const name = paddings[padding];
    if (name === undefined) throw new ERR_INVALID_ARG_VALUE("options.padding", padding);
    const data = bytes(buffer, "buffer", encoding);
    return attempt(() =>
      op(handle, name, digestName(oaepHash), bytes(oaepLabel, "key.oaepLabel", encoding), data)
    );
  };
}

// The padding of signatures, or none.
function sealing(handleOf, op, whole) {
  return (key, buffer) => {
    const handle = handleOf(key);
    const { encoding, padding = constants.RSA_PKCS1_PADDING } = key ?? {};
    const data = bytes(buffer, "buffer", encoding);
    if (padding === constants.RSA_PKCS1_PADDING) return attempt(() => op(handle, data));
    if (padding !== constants.RSA_NO_PADDING) throw new ERR_INVALID_ARG_VALUE("options.padding", padding);
    return attempt(() => whole(handle, "none", "sha1", new Uint8Array(), data));
  };
}

module.exports = {
  privateDecrypt: ciphering(privateHandle, op_pr_key_decrypt),
  privateEncrypt: sealing(privateHandle, op_pr_key_seal, op_pr_key_decrypt),
  publicDecrypt: sealing(publicHandle, op_pr_key_unseal, op_pr_key_encrypt),
  publicEncrypt: ciphering(publicHandle, op_pr_key_encrypt),
};
