// Loaded by rooms that use it: Web Crypto, with what Workers have beyond the standard
// (specification, section 11): DigestStream, timingSafeEqual, MD5 digests.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayBufferIsView,
    ArrayPrototypeForEach,
    ArrayPrototypeIncludes,
    BigInt,
    FunctionPrototypeCall,
    ObjectDefineProperties,
    ObjectDefineProperty,
    ObjectEntries,
    ObjectGetOwnPropertyDescriptors,
    PromisePrototypeThen,
    PromiseWithResolvers,
    ReflectApply,
    SafeArrayIterator,
    SafeMap,
    StringPrototypeStartsWith,
    StringPrototypeToUpperCase,
    TypeError,
    Uint8Array,
  } = primordials;
  const script = core.loadExtScript("ext:deno_crypto/00_crypto.js");
  const { WritableStream } = core.loadExtScript("ext:deno_web/06_streams.js");
  const { DOMException } = core.loadExtScript("ext:deno_web/01_dom_exception.js");
  const { op_pr_gate_pause, op_pr_gate_resume, op_pr_hash, op_pr_hash_finish, op_pr_hash_update } = core.ops;
  const { Crypto, SubtleCrypto } = script;

  const isBuffer = (value) => ArrayBufferIsView(value) || core.isAnyArrayBuffer(value);
  const nameOf = (algorithm) => `${typeof algorithm === "object" ? algorithm?.name : algorithm}`;

  const HASHES = new SafeMap([
    ["MD5", "md5"],
    ["SHA-1", "sha1"],
    ["SHA-256", "sha256"],
    ["SHA-384", "sha384"],
    ["SHA-512", "sha512"],
  ]);

  function startHash(algorithm) {
    const name = HASHES.get(StringPrototypeToUpperCase(nameOf(algorithm)));
    if (name === undefined) {
      throw new DOMException(
        "Unrecognized or unimplemented digest algorithm requested.",
        "NotSupportedError",
      );
    }
    return op_pr_hash(name);
  }

  function bytesOf(buffer) {
    return ArrayBufferIsView(buffer)
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      : new Uint8Array(buffer);
  }

  // Looks at every byte, wherever the two differ.
  function equal(a, b) {
    let difference = 0;
    for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
    return difference === 0;
  }

  class DigestStream extends WritableStream {
    #digest;
    #written = 0n;

    constructor(algorithm) {
      if (algorithm === undefined) {
        throw new TypeError(
          "Failed to construct 'DigestStream': constructor parameter 1 is not of type 'HashAlgorithm or string'.",
        );
      }
      const hash = startHash(algorithm);
      let stream;
      let settle;
      super({
        __proto__: null,
        write(chunk) {
          if (typeof chunk !== "string" && !isBuffer(chunk)) {
            const error = new TypeError(
              "DigestStream is a byte stream but received an object of " +
                "non-ArrayBuffer/ArrayBufferView/string type on its writable side.",
            );
            settle.reject(error);
            throw error;
          }
          const bytes = typeof chunk === "string" ? core.encode(chunk) : bytesOf(chunk);
          stream.#written += BigInt(bytes.byteLength);
          op_pr_hash_update(hash, bytes);
        },
        close() {
          settle.resolve(op_pr_hash_finish(hash).buffer);
        },
        abort(reason) {
          settle.reject(reason);
        },
      });
      stream = this;
      settle = PromiseWithResolvers();
      this.#digest = settle.promise;
      // Whoever asks for it hears of a failure.
      PromisePrototypeThen(this.#digest, undefined, () => {});
    }

    get digest() {
      return this.#digest;
    }

    get bytesWritten() {
      return this.#written;
    }
  }

  ObjectDefineProperty(Crypto.prototype, "DigestStream", {
    __proto__: null,
    get() {
      return DigestStream;
    },
    enumerable: true,
    configurable: true,
  });

  const baseDigest = SubtleCrypto.prototype.digest;
  ObjectDefineProperties(SubtleCrypto.prototype, {
    __proto__: null,
    digest: {
      __proto__: null,
      value: async function digest(algorithm, data) {
        if (StringPrototypeToUpperCase(nameOf(algorithm)) !== "MD5") {
          return await FunctionPrototypeCall(baseDigest, this, algorithm, data);
        }
        const hash = startHash("MD5");
        op_pr_hash_update(hash, bytesOf(data));
        return op_pr_hash_finish(hash).buffer;
      },
      writable: true,
      enumerable: true,
      configurable: true,
    },
    timingSafeEqual: {
      __proto__: null,
      value: function timingSafeEqual(a, b) {
        ArrayPrototypeForEach([a, b], (value, index) => {
          if (!isBuffer(value)) {
            throw new TypeError(
              `Failed to execute 'timingSafeEqual' on 'SubtleCrypto': parameter ${
                index + 1
              } is not of type 'ArrayBuffer or ArrayBufferView'.`,
            );
          }
        });
        if (a.byteLength !== b.byteLength) {
          throw new TypeError("Input buffers must have the same byte length.");
        }
        return equal(bytesOf(a), bytesOf(b));
      },
      writable: true,
      enumerable: true,
      configurable: true,
    },
  });
  // What else Workers' algorithms have that the standard's do not; needs the methods as they are by then.
  core.loadExtScript("ext:partyrun/78_crypto_legacy.js");

  // What would keep a thread busy for hours.
  const MAX_ITERATIONS = 2 ** 31 - 1;
  const MAX_MODULUS = 8192;
  function refuseEndless(algorithm) {
    if (algorithm === null || typeof algorithm !== "object") return;
    const { name, iterations, modulusLength } = algorithm;
    if (StringPrototypeToUpperCase(`${name}`) === "PBKDF2" && iterations > MAX_ITERATIONS) {
      throw new TypeError(
        `Value out of range. Must be between -2147483648 and ${MAX_ITERATIONS} (inclusive).`,
      );
    }
    if (
      StringPrototypeStartsWith(StringPrototypeToUpperCase(`${name}`), "RSA") && modulusLength > MAX_MODULUS
    ) {
      throw new DOMException(
        `RSA keys of more than ${MAX_MODULUS} bits are not made here: ${modulusLength}`,
        "OperationError",
      );
    }
  }
  const ENDLESS = ["deriveBits", "deriveKey", "generateKey"];

  // Workers compute these at once. Here they may take another thread, and whoever awaits one must find
  // the room as it was: no event is delivered until it is done.
  for (
    const { 0: name, 1: { value: method, ...property } } of new SafeArrayIterator(ObjectEntries(
      ObjectGetOwnPropertyDescriptors(SubtleCrypto.prototype),
    ))
  ) {
    if (typeof method !== "function" || name === "constructor" || name === "timingSafeEqual") continue;
    const isLong = ArrayPrototypeIncludes(ENDLESS, name);
    const paused = async function () {
      if (isLong) refuseEndless(arguments[0]);
      op_pr_gate_pause();
      try {
        return await ReflectApply(method, this, arguments);
      } finally {
        op_pr_gate_resume();
      }
    };
    for (const key of new SafeArrayIterator(["length", "name"])) {
      ObjectDefineProperty(paused, key, { __proto__: null, value: method[key], configurable: true });
    }
    ObjectDefineProperty(SubtleCrypto.prototype, name, { __proto__: null, ...property, value: paused });
  }
  return script;
})();
