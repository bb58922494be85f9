// Loaded in isolates whose project has `bindings.kv`. Key-value namespaces as Workers have them, with
// the words of the original's local server.
(function () {
  const { core, primordials } = __bootstrap;
  const { ops } = core;
  const {
    ArrayBufferIsView,
    ArrayBufferPrototype,
    ArrayIsArray,
    ArrayPrototypeMap,
    Error,
    JSONParse,
    JSONStringify,
    MathFloor,
    MathTrunc,
    Number,
    ObjectDefineProperty,
    ObjectPrototypeIsPrototypeOf,
    SafeArrayIterator,
    Map,
    MapPrototypeSet,
    StringFromCharCode,
    StringPrototypeCharCodeAt,
    TypeError,
    Uint8Array,
    globalThis,
  } = primordials;
  // What user code makes of the global is its own business.
  const { Response } = globalThis;
  const { base64Decode, base64Encode } = (() => {
    const { atob, btoa } = core.loadExtScript("ext:deno_web/05_base64.js");
    const latin1 = (bytes) => {
      let text = "";
      for (const byte of new SafeArrayIterator(bytes)) text += StringFromCharCode(byte);
      return text;
    };
    return {
      base64Decode(text) {
        try {
          const decoded = atob(text);
          const bytes = new Uint8Array(decoded.length);
          for (let at = 0; at < bytes.length; at++) bytes[at] = StringPrototypeCharCodeAt(decoded, at);
          return core.decode(bytes);
        } catch {
          return text;
        }
      },
      base64Encode: (text) => btoa(latin1(core.encode(text))),
    };
  })();
  const { ReadableStreamPrototype } = core.loadExtScript("ext:deno_web/06_streams.js");

  const MAX_KEY_BYTES = 512;
  const MAX_LIST = 1000;
  const MAX_METADATA_BYTES = 1024;
  const MAX_BULK = 100;
  const MIN_SECONDS = 60;

  const UNKNOWN_TYPE =
    'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".';

  function checkKey(key, operation) {
    if (key === "") throw new TypeError("Key name cannot be empty.");
    if (key === "." || key === "..") throw new TypeError(`"${key}" is not allowed as a key name.`);
    const length = core.encode(key).length;
    if (length > MAX_KEY_BYTES) {
      throw new Error(
        `KV ${operation} failed: 414 UTF-8 encoded length of ${length} exceeds key length limit of ${MAX_KEY_BYTES}.`,
      );
    }
    return key;
  }

  function wrongArgument(method, number, type) {
    return new TypeError(
      `Failed to execute '${method}' on 'KvNamespace': parameter ${number} is not of type '${type}'.`,
    );
  }

  function illegalInvocation() {
    return new TypeError(
      "Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    );
  }

  function readOptions(given) {
    const options = typeof given === "string" ? { type: given } : given ?? { __proto__: null };
    const { cacheTtl } = options;
    if (cacheTtl != null && !(cacheTtl >= MIN_SECONDS)) {
      throw new Error(
        `KV GET failed: 400 Invalid cache_ttl of ${cacheTtl}. Cache TTL must be at least ${MIN_SECONDS}.`,
      );
    }
    return options.type == null ? "text" : `${options.type}`;
  }

  function convert(found, type) {
    if (found === null) return null;
    const bytes = found.value;
    switch (type) {
      case "text":
        return core.decode(bytes);
      case "json":
        return JSONParse(core.decode(bytes));
      case "arrayBuffer":
        return bytes.buffer;
      case "stream":
        return new Response(bytes).body;
    }
    throw new TypeError(UNKNOWN_TYPE);
  }

  function metadataOf(found) {
    return found?.metadata == null ? null : JSONParse(found.metadata);
  }

  function expirationOf({ expiration, expirationTtl }) {
    const refuse = (text) => {
      throw new Error(`KV PUT failed: 400 Invalid ${text}`);
    };
    const now = MathFloor(core.ops.op_pr_clock_now() / 1000);
    if (expirationTtl != null) {
      const seconds = expirationTtl | 0;
      if (seconds <= 0) {
        refuse(`expiration_ttl of ${seconds}. Please specify integer greater than 0.`);
      }
      if (seconds < MIN_SECONDS) {
        refuse(`expiration_ttl of ${seconds}. Expiration TTL must be at least ${MIN_SECONDS}.`);
      }
      return now + seconds;
    }
    if (expiration == null) return 0;
    const time = MathTrunc(Number(expiration)) || 0;
    if (time <= now) {
      refuse(
        `expiration of ${time}. Please specify integer greater than the current number of seconds since the UNIX epoch.`,
      );
    }
    if (time < now + MIN_SECONDS) {
      refuse(
        `expiration of ${time}. Expiration times must be at least ${MIN_SECONDS} seconds in the future.`,
      );
    }
    return time;
  }

  function metadataText(metadata) {
    if (metadata == null) return null;
    const text = JSONStringify(metadata);
    if (text === undefined) return null;
    const length = core.encode(text).length;
    if (length > MAX_METADATA_BYTES) {
      throw new Error(
        `KV PUT failed: 413 Metadata length of ${length} exceeds limit of ${MAX_METADATA_BYTES}.`,
      );
    }
    return text;
  }

  function checkValue(value) {
    if (typeof value !== "object" || value === null) return `${value}`;
    if (
      ObjectPrototypeIsPrototypeOf(ArrayBufferPrototype, value) || ArrayBufferIsView(value) ||
      ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, value)
    ) {
      return value;
    }
    throw new TypeError(
      "KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.",
    );
  }

  return function ({ bodyParts }) {
    // Only this file makes namespaces.
    const kConstruct = {};

    class KvNamespace {
      #name;

      constructor(key, name) {
        if (key !== kConstruct) throw new TypeError("Illegal constructor");
        this.#name = name;
      }

      static #nameOf(namespace) {
        if (typeof namespace !== "object" || namespace === null || !(#name in namespace)) {
          throw illegalInvocation();
        }
        return namespace.#name;
      }

      // Answers `give(value found or null)`, or a Map of such answers for an array of keys.
      static async #read(namespace, method, args, give) {
        const name = KvNamespace.#nameOf(namespace);
        if (args.length === 0) throw wrongArgument(method, 1, "string");
        const type = readOptions(args[1]);
        if (!ArrayIsArray(args[0])) {
          const key = checkKey(`${args[0]}`, "GET");
          const { 0: found } = await ops.op_pr_kv_get(name, [key]);
          return give(found, type);
        }
        const keys = ArrayPrototypeMap(args[0], (key) => checkKey(`${key}`, "GET_BULK"));
        if (keys.length > MAX_BULK) {
          throw new Error(
            `KV GET_BULK failed: 400 You can request a maximum of ${MAX_BULK} keys`,
          );
        }
        if (type !== "text" && type !== "json") {
          throw new Error(
            `KV GET_BULK failed: 400 "${type}" is not a valid type. Use "json" or "text"`,
          );
        }
        const found = await ops.op_pr_kv_get(name, keys);
        // eslint-disable-next-line partyrun/primordials -- user code is given it
        const answers = new Map();
        for (let i = 0; i < keys.length; i++) MapPrototypeSet(answers, keys[i], give(found[i], type));
        return answers;
      }

      get() {
        return KvNamespace.#read(this, "get", arguments, convert);
      }

      async list(options) {
        const name = KvNamespace.#nameOf(this);
        const { prefix, limit, cursor } = options ?? { __proto__: null };
        const most = limit == null || !(limit > 0) ? MAX_LIST : limit | 0;
        if (most > MAX_LIST) {
          throw new Error(
            `KV GET failed: 400 Invalid key_count_limit of ${most}. Please specify an integer less than ${MAX_LIST}.`,
          );
        }
        const after = cursor == null || cursor === "" ? null : base64Decode(`${cursor}`);
        const page = await ops.op_pr_kv_list(name, `${prefix ?? ""}`, after, most);
        const keys = ArrayPrototypeMap(page.keys, (found) => {
          const key = { name: found.name };
          if (found.expiration !== null) key.expiration = found.expiration;
          if (found.metadata !== null) key.metadata = JSONParse(found.metadata);
          return key;
        });
        if (!page.more) return { keys, list_complete: true, cacheStatus: null };
        const next = base64Encode(keys[keys.length - 1].name);
        return { keys, list_complete: false, cursor: next, cacheStatus: null };
      }

      async put(key, value, options) {
        const name = KvNamespace.#nameOf(this);
        if (arguments.length === 0) throw wrongArgument("put", 1, "string");
        if (value === undefined) throw wrongArgument("put", 2, "string or JsObject");
        const body = checkValue(value);
        checkKey(`${key}`, "PUT");
        const expiration = expirationOf(options ?? { __proto__: null });
        const metadata = metadataText(options?.metadata);
        const { 0: bytes, 1: rid } = bodyParts(body);
        await ops.op_pr_kv_put(name, `${key}`, expiration, metadata, bytes, rid);
      }

      getWithMetadata() {
        return KvNamespace.#read(this, "getWithMetadata", arguments, (found, type) => ({
          value: convert(found, type),
          metadata: metadataOf(found),
          cacheStatus: null,
        }));
      }

      async delete(key) {
        const name = KvNamespace.#nameOf(this);
        if (arguments.length === 0) throw wrongArgument("delete", 1, "string");
        await ops.op_pr_kv_delete(name, checkKey(`${key}`, "DELETE"));
      }
    }

    for (const method of new SafeArrayIterator(["get", "list", "put", "getWithMetadata", "delete"])) {
      ObjectDefineProperty(KvNamespace.prototype, method, { __proto__: null, enumerable: true });
    }
    return (name) => new KvNamespace(kConstruct, name);
  };
})();
