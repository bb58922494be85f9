// Loaded with Web Crypto: the algorithms that Workers keep for old code (specification, section 11): HMAC
// with MD5, and Ed25519 by its old name NODE-ED25519. Knows nothing of digests.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayBufferIsView,
    ArrayPrototypeIncludes,
    MathCeil,
    ObjectDefineProperty,
    ObjectEntries,
    ObjectGetOwnPropertyDescriptors,
    ReflectApply,
    SafeArrayIterator,
    SafeWeakMap,
    StringPrototypeToUpperCase,
    TypeError,
    TypedArrayPrototypeSlice,
    Uint8Array,
  } = primordials;
  const { crypto: webCrypto, SubtleCrypto } = core.loadExtScript("ext:deno_crypto/00_crypto.js");
  const { DOMException } = core.loadExtScript("ext:deno_web/01_dom_exception.js");
  const { op_pr_hash_finish, op_pr_hash_update, op_pr_hmac } = core.ops;

  const base = { ...ObjectGetOwnPropertyDescriptors(SubtleCrypto.prototype) };
  const call = (name, ...args) => ReflectApply(base[name].value, webCrypto.subtle, args);
  const nameOf = (algorithm) => {
    const name = typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm;
    return StringPrototypeToUpperCase(`${name}`);
  };
  const fail = (message, name) => {
    throw new DOMException(message, name);
  };

  function bytesOf(data) {
    if (ArrayBufferIsView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (core.isAnyArrayBuffer(data)) return new Uint8Array(data);
    throw new TypeError("The data is not of type 'ArrayBuffer or ArrayBufferView'.");
  }

  // Keys have the algorithm that they stand in for; what user code asked for is laid over it.
  function named(key, algorithm) {
    ObjectDefineProperty(key, "algorithm", {
      __proto__: null,
      value: algorithm,
      enumerable: true,
      configurable: true,
    });
    return key;
  }

  // ---- HMAC with MD5 ----

  const MD5_BLOCK_BYTES = 64;
  // The secrets of such keys.
  const secrets = new SafeWeakMap();

  const isHmacMd5 = (algorithm) =>
    nameOf(algorithm) === "HMAC" && algorithm?.hash !== undefined && nameOf(algorithm.hash) === "MD5";

  async function hmacKey(bytes, extractable, usages) {
    const standIn = { name: "HMAC", hash: "SHA-1" };
    const key = await call("importKey", "raw", bytes, standIn, extractable, usages);
    secrets.set(key, bytes);
    return named(key, { name: "HMAC", hash: { name: "MD5" }, length: bytes.byteLength * 8 });
  }

  async function importHmacKey(format, data, algorithm, extractable, usages) {
    if (format === "raw") return await hmacKey(TypedArrayPrototypeSlice(bytesOf(data)), extractable, usages);
    // The standard's import finds the bytes, and the mistakes.
    const { alg: _, ...jwk } = data;
    const key = await call("importKey", format, jwk, { ...algorithm, hash: "SHA-1" }, true, usages);
    const bytes = new Uint8Array(await call("exportKey", "raw", key));
    return await hmacKey(bytes, extractable, usages);
  }

  async function generateHmacKey(algorithm, extractable, usages) {
    const bits = algorithm.length ?? MD5_BLOCK_BYTES * 8;
    if (!(bits > 0)) fail("The length of an HMAC key is not zero.", "OperationError");
    const bytes = webCrypto.getRandomValues(new Uint8Array(MathCeil(bits / 8)));
    return await hmacKey(bytes, extractable, usages);
  }

  function mac(key, secret, usage, data) {
    if (!ArrayPrototypeIncludes(key.usages, usage)) {
      fail(
        `Requested key usage "${usage}" does not match any usage listed in this CryptoKey.`,
        "InvalidAccessError",
      );
    }
    const hash = op_pr_hmac("md5", secret);
    op_pr_hash_update(hash, bytesOf(data));
    return op_pr_hash_finish(hash);
  }

  function exportHmacKey(format, key) {
    if (format !== "jwk") return call("exportKey", format, key);
    return fail('Unimplemented JWK key export format for key algorithm "MD5".', "NotSupportedError");
  }

  // ---- Ed25519 by its old name ----

  const NODE_ED25519 = "NODE-ED25519";
  const ed25519 = (algorithm) => nameOf(algorithm) === NODE_ED25519 ? "Ed25519" : algorithm;

  function namedEd25519(keys) {
    const algorithm = { name: NODE_ED25519, namedCurve: NODE_ED25519 };
    const all = keys.privateKey === undefined ? [keys] : [keys.privateKey, keys.publicKey];
    for (const key of new SafeArrayIterator(all)) named(key, algorithm);
    return keys;
  }

  // ---- methods ----

  const methods = {
    async generateKey(algorithm, extractable, usages) {
      if (isHmacMd5(algorithm)) return await generateHmacKey(algorithm, extractable, usages);
      const keys = await call("generateKey", ed25519(algorithm), extractable, usages);
      return nameOf(algorithm) === NODE_ED25519 ? namedEd25519(keys) : keys;
    },
    async importKey(format, data, algorithm, extractable, usages) {
      if (isHmacMd5(algorithm)) {
        return await importHmacKey(format, data, algorithm, extractable, usages);
      }
      const key = await call("importKey", format, data, ed25519(algorithm), extractable, usages);
      return nameOf(algorithm) === NODE_ED25519 ? namedEd25519(key) : key;
    },
    async exportKey(format, key) {
      const exported = await (secrets.has(key) ? exportHmacKey(format, key) : call("exportKey", format, key));
      // As Workers name it (RFC 8037, section 3.1).
      if (format === "jwk" && key.algorithm.name === "Ed25519") exported.alg ??= "EdDSA";
      return exported;
    },
    async sign(algorithm, key, data) {
      const secret = secrets.get(key);
      if (secret === undefined) return await call("sign", ed25519(algorithm), key, data);
      return mac(key, secret, "sign", data).buffer;
    },
    async verify(algorithm, key, signature, data) {
      const secret = secrets.get(key);
      if (secret === undefined) return await call("verify", ed25519(algorithm), key, signature, data);
      const { 0: given, 1: made } = [bytesOf(signature), mac(key, secret, "verify", data)];
      return given.length === made.length && webCrypto.subtle.timingSafeEqual(given, made);
    },
  };
  for (const { 0: name, 1: method } of new SafeArrayIterator(ObjectEntries(methods))) {
    // A wrong `this` or a missing argument is the standard method's to refuse.
    const value = {
      async [name](...args) {
        const { length } = base[name].value;
        if (this !== webCrypto.subtle || args.length < length) {
          return await ReflectApply(base[name].value, this, args);
        }
        return await method(...new SafeArrayIterator(args));
      },
    }[name];
    ObjectDefineProperty(value, "length", {
      __proto__: null,
      value: base[name].value.length,
      configurable: true,
    });
    ObjectDefineProperty(SubtleCrypto.prototype, name, { __proto__: null, ...base[name], value });
  }
})();
