// Loaded with the object buckets. Reads what their methods are given: metadata, conditions, ranges and
// digests. Knows no bucket.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayBufferPrototype,
    ArrayIsArray,
    ArrayPrototypeFilter,
    ArrayPrototypePush,
    Date,
    DateParse,
    DatePrototypeGetTime,
    Error,
    JSONParse,
    JSONStringify,
    MathMin,
    MathTrunc,
    Number,
    NumberIsNaN,
    NumberParseInt,
    NumberPrototypeToString,
    ObjectEntries,
    ObjectKeys,
    ObjectPrototypeIsPrototypeOf,
    RangeError,
    RegExpPrototypeExec,
    SafeArrayIterator,
    StringPrototypePadStart,
    StringPrototypeSlice,
    StringPrototypeToLowerCase,
    StringPrototypeTrim,
    TypeError,
    Uint8Array,
  } = primordials;
  const { Headers, HeadersPrototypeGet } = __bootstrap.internals.platform;

  const MAX_CUSTOM_BYTES = 2048;

  // Names of `httpMetadata` and of the headers that they are.
  const HTTP_FIELDS = {
    contentType: "content-type",
    contentLanguage: "content-language",
    contentDisposition: "content-disposition",
    contentEncoding: "content-encoding",
    cacheControl: "cache-control",
  };

  // Algorithms, and how many hexadecimal digits a digest has.
  const DIGESTS = { md5: 32, sha1: 40, sha256: 64, sha384: 96, sha512: 128 };
  const DIGEST_NAMES = { md5: "MD5", sha1: "SHA-1", sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };

  const isHeaders = (value) => ObjectPrototypeIsPrototypeOf(Headers.prototype, value);

  // ---- metadata ----

  function httpMetadata(given) {
    if (given == null) return "{}";
    const fields = {};
    const from = isHeaders(given)
      ? (_, header) => HeadersPrototypeGet(given, header)
      : (field) => given[field];
    for (const { 0: field, 1: header } of new SafeArrayIterator(ObjectEntries(HTTP_FIELDS))) {
      const value = from(field, header);
      if (value != null) fields[field] = `${value}`;
    }
    const expiry = isHeaders(given) ? HeadersPrototypeGet(given, "expires") : given.cacheExpiry;
    if (expiry != null) {
      const time = DatePrototypeGetTime(new Date(expiry));
      if (!NumberIsNaN(time)) fields.cacheExpiry = time;
    }
    return JSONStringify(fields);
  }

  function customMetadata(given, method) {
    if (given == null) return "{}";
    const fields = {};
    let bytes = 0;
    for (const name of new SafeArrayIterator(ObjectKeys(given))) {
      const value = `${given[name]}`;
      fields[name] = value;
      bytes += core.encode(name).length + core.encode(value).length;
    }
    if (bytes > MAX_CUSTOM_BYTES) {
      throw new Error(
        `${method}: Your metadata headers exceed the maximum allowed metadata size. (10012)`,
      );
    }
    return JSONStringify(fields);
  }

  function readHttp(text) {
    const fields = JSONParse(text);
    if (fields.cacheExpiry !== undefined) fields.cacheExpiry = new Date(fields.cacheExpiry);
    return fields;
  }

  // ---- conditions ----

  function etags(value) {
    if (value == null) return undefined;
    const list = [];
    for (const etag of new SafeArrayIterator(ArrayIsArray(value) ? value : [value])) {
      const text = `${etag}`;
      if (RegExpPrototypeExec(/^(W\/)?".*"$/, text) !== null) {
        throw new TypeError(`Conditional ETag should not be wrapped in quotes (${text}).`);
      }
      ArrayPrototypePush(list, text);
    }
    return list;
  }

  // The etags of a header. Weak ones never match where bytes must be the same.
  function headerEtags(value, weak) {
    if (value === null) return undefined;
    if (StringPrototypeTrim(value) === "*") return ["*"];
    const list = [];
    const pattern = /(W\/)?"([^"]*)"/g;
    for (;;) {
      const found = RegExpPrototypeExec(pattern, value);
      if (found === null) return list;
      if (weak || found[1] === undefined) ArrayPrototypePush(list, found[2]);
    }
    return list;
  }

  function condition(onlyIf) {
    if (onlyIf == null) return {};
    if (isHeaders(onlyIf)) {
      const time = (name) => {
        const value = DateParse(HeadersPrototypeGet(onlyIf, name) ?? "");
        return NumberIsNaN(value) ? undefined : value;
      };
      return {
        etagMatches: headerEtags(HeadersPrototypeGet(onlyIf, "if-match"), false),
        etagDoesNotMatch: headerEtags(HeadersPrototypeGet(onlyIf, "if-none-match"), true),
        uploadedBefore: time("if-unmodified-since"),
        uploadedAfter: time("if-modified-since"),
        secondsGranularity: true,
      };
    }
    const time = (value) => value == null ? undefined : DatePrototypeGetTime(new Date(value));
    return {
      etagMatches: etags(onlyIf.etagMatches),
      etagDoesNotMatch: etags(onlyIf.etagDoesNotMatch),
      uploadedBefore: time(onlyIf.uploadedBefore),
      uploadedAfter: time(onlyIf.uploadedAfter),
      secondsGranularity: !!onlyIf.secondsGranularity,
    };
  }

  // ---- ranges ----

  function unsatisfiable() {
    return new Error("get: The requested range is not satisfiable (10039)");
  }

  // `bytes=1-2` and its kin; anything else asks for everything.
  function headerRange(headers) {
    const found = RegExpPrototypeExec(
      /^bytes=(\d*)-(\d*)$/,
      StringPrototypeTrim(HeadersPrototypeGet(headers, "range") ?? ""),
    );
    if (found === null || (found[1] === "" && found[2] === "")) return {};
    if (found[1] === "") return { suffix: Number(found[2]) };
    const offset = Number(found[1]);
    if (found[2] === "") return { offset };
    const length = Number(found[2]) - offset + 1;
    return length > 0 ? { offset, length } : {};
  }

  function resolveRange(given, size) {
    const { offset, length, suffix } = isHeaders(given) ? headerRange(given) : given ?? { __proto__: null };
    if (suffix != null) {
      if (offset != null) throw new TypeError("Suffix is incompatible with offset.");
      if (length != null) throw new TypeError("Suffix is incompatible with length.");
      if (suffix < 0) {
        throw new RangeError(`Invalid suffix. Suffix (${suffix}) must be greater than or equal to 0.`);
      }
      if (suffix === 0) throw unsatisfiable();
      const taken = MathMin(MathTrunc(suffix), size);
      return { offset: size - taken, length: taken };
    }
    const start = MathTrunc(offset ?? 0);
    if (start < 0) {
      throw new RangeError(
        `Invalid range. Starting offset (${start}) must be greater than or equal to 0.`,
      );
    }
    if (length != null && !(length >= 0)) {
      throw new RangeError(`Invalid range. Length (${length}) must be greater than or equal to 0.`);
    }
    if ((start > 0 && start >= size) || length === 0) throw unsatisfiable();
    return { offset: start, length: MathMin(MathTrunc(length ?? size), size - start) };
  }

  // ---- digests ----

  function checksum(options) {
    const given = ArrayPrototypeFilter(ObjectKeys(DIGESTS), (name) => options[name] != null);
    if (given.length === 0) return null;
    if (given.length > 1) {
      throw new TypeError("You cannot specify multiple hashing algorithms.");
    }
    const { 0: name } = given;
    const value = options[name];
    const shown = DIGEST_NAMES[name];
    if (typeof value === "object") {
      const bytes = ObjectPrototypeIsPrototypeOf(ArrayBufferPrototype, value)
        ? new Uint8Array(value)
        : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      if (bytes.length * 2 !== DIGESTS[name]) {
        throw new TypeError(`${shown} is ${DIGESTS[name] / 2} bytes, not ${bytes.length}`);
      }
      return [name, hex(bytes)];
    }
    const text = `${value}`;
    if (text.length !== DIGESTS[name]) {
      throw new TypeError(`${shown} is ${DIGESTS[name]} hex characters, not ${text.length}`);
    }
    if (RegExpPrototypeExec(/^[0-9a-f]*$/i, text) === null) {
      throw new TypeError(`Provided ${shown} wasn't a valid hex string`);
    }
    return [name, StringPrototypeToLowerCase(text)];
  }

  function hex(bytes) {
    let text = "";
    for (const byte of new SafeArrayIterator(bytes)) {
      text += StringPrototypePadStart(NumberPrototypeToString(byte, 16), 2, "0");
    }
    return text;
  }

  function fromHex(text) {
    const bytes = new Uint8Array(text.length / 2);
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] = NumberParseInt(StringPrototypeSlice(text, 2 * i, 2 * i + 2), 16);
    }
    return bytes.buffer;
  }

  return {
    DIGESTS,
    HTTP_FIELDS,
    checksum,
    condition,
    customMetadata,
    fromHex,
    hex,
    httpMetadata,
    isHeaders,
    readHttp,
    resolveRange,
  };
})();
