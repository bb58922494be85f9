// Keys as JSON (RFC 7517, 7518, 8037).
const { core } = partyrun;
const { asBuffer } = require("../parts/buffers.js");
const { ERR_INVALID_ARG_TYPE, coded } = require("../parts/errors.js");

const { op_pr_key_of_parts, op_pr_key_parts } = core.ops;
const curves = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1", secp256k1: "secp256k1" };
const names = Object.fromEntries(Object.entries(curves).map(([name, curve]) => [curve, name]));
const SIZES = { "P-256": 32, "P-384": 48, "P-521": 66, secp256k1: 32 };
const RSA = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];

const invalid = () => coded(TypeError, "ERR_CRYPTO_INVALID_JWK", "Invalid JWK data");

function part(jwk, name) {
  if (typeof jwk[name] !== "string") throw new ERR_INVALID_ARG_TYPE(`key.${name}`, "string", jwk[name]);
  return Buffer.from(jwk[name], "base64url");
}

function padded(bytes, size) {
  if (bytes.length >= size) return bytes;
  return Buffer.concat([Buffer.alloc(size - bytes.length), bytes]);
}

// The handle of a key; private only if `asPrivate` allows.
function read(jwk, asPrivate) {
  const isPrivate = asPrivate && jwk.d !== undefined;
  if (asPrivate && !isPrivate) throw new ERR_INVALID_ARG_TYPE("key.d", "string", jwk.d);
  const make = (kind, parts) => {
    try {
      return op_pr_key_of_parts(kind, parts.map((bytes) => new Uint8Array(bytes)), isPrivate);
    } catch {
      throw invalid();
    }
  };
  switch (jwk.kty) {
    case "RSA": {
      const wanted = isPrivate ? RSA.slice(0, jwk.p === undefined ? 3 : 5) : RSA.slice(0, 2);
      return make("rsa", wanted.map((name) => part(jwk, name)));
    }
    case "EC": {
      const curve = curves[jwk.crv];
      if (curve === undefined) throw coded(Error, "ERR_CRYPTO_INVALID_CURVE", "Invalid EC curve name");
      if (isPrivate) return make(curve, [part(jwk, "d")]);
      const size = SIZES[jwk.crv];
      const [x, y] = [part(jwk, "x"), part(jwk, "y")].map((bytes) => padded(bytes, size));
      return make(curve, [Buffer.concat([Buffer.of(4), x, y])]);
    }
    case "OKP":
      if (!["Ed25519", "X25519"].includes(jwk.crv)) throw invalid();
      return make(jwk.crv.toLowerCase(), [part(jwk, isPrivate ? "d" : "x")]);
    default:
      throw invalid();
  }
}

function write(handle, { kind, namedCurve }) {
  const parts = op_pr_key_parts(handle).map((bytes) => asBuffer(bytes).toString("base64url"));
  const named = (list) =>
    Object.fromEntries(list.slice(0, parts.length).map((name, at) => [name, parts[at]]));
  switch (kind) {
    case "rsa":
      return { kty: "RSA", ...named(RSA) };
    case "ec":
      return { kty: "EC", ...named(["x", "y"]), crv: names[namedCurve], ...named(["x", "y", "d"]) };
    case "ed25519":
    case "x25519":
      return { crv: kind === "ed25519" ? "Ed25519" : "X25519", ...named(["x", "d"]), kty: "OKP" };
    default:
      throw coded(Error, "ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE", "Unsupported JWK Key Type.");
  }
}

module.exports = { read, write };
