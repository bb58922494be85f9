// Loaded with the object buckets. Reads what their methods are given: metadata, conditions, ranges and
// digests. Knows no bucket.
(function () {
  const { core } = __bootstrap;
  const { Headers } = core.loadExtScript("ext:deno_fetch/20_headers.js");

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

  const isHeaders = (value) => Headers.prototype.isPrototypeOf(value);

  // ---- metadata ----

  function httpMetadata(given) {
    if (given == null) return "{}";
    const fields = {};
    const from = isHeaders(given)
      ? (_, header) => given.get(header)
      : (field) => given[field];
    for (const [field, header] of Object.entries(HTTP_FIELDS)) {
      const value = from(field, header);
      if (value != null) fields[field] = `${value}`;
    }
    const expiry = isHeaders(given) ? given.get("expires") : given.cacheExpiry;
    if (expiry != null) {
      const time = new Date(expiry).getTime();
      if (!Number.isNaN(time)) fields.cacheExpiry = time;
    }
    return JSON.stringify(fields);
  }

  function customMetadata(given, method) {
    if (given == null) return "{}";
    const fields = {};
    let bytes = 0;
    for (const name of Object.keys(given)) {
      const value = `${given[name]}`;
      fields[name] = value;
      bytes += core.encode(name).length + core.encode(value).length;
    }
    if (bytes > MAX_CUSTOM_BYTES) {
      throw new Error(
        `${method}: Your metadata headers exceed the maximum allowed metadata size. (10012)`,
      );
    }
    return JSON.stringify(fields);
  }

  function readHttp(text) {
    const fields = JSON.parse(text);
    if (fields.cacheExpiry !== undefined) fields.cacheExpiry = new Date(fields.cacheExpiry);
    return fields;
  }

  // ---- conditions ----

  function etags(value) {
    if (value == null) return undefined;
    const list = [];
    for (const etag of Array.isArray(value) ? value : [value]) {
      const text = `${etag}`;
      if (/^(W\/)?".*"$/.test(text)) {
        throw new TypeError(`Conditional ETag should not be wrapped in quotes (${text}).`);
      }
      list.push(text);
    }
    return list;
  }

  // The etags of a header. Weak ones never match where bytes must be the same.
  function headerEtags(value, weak) {
    if (value === null) return undefined;
    if (value.trim() === "*") return ["*"];
    const list = [];
    for (const found of value.matchAll(/(W\/)?"([^"]*)"/g)) {
      if (weak || found[1] === undefined) list.push(found[2]);
    }
    return list;
  }

  function condition(onlyIf) {
    if (onlyIf == null) return {};
    if (isHeaders(onlyIf)) {
      const time = (name) => {
        const value = Date.parse(onlyIf.get(name) ?? "");
        return Number.isNaN(value) ? undefined : value;
      };
      return {
        etagMatches: headerEtags(onlyIf.get("if-match"), false),
        etagDoesNotMatch: headerEtags(onlyIf.get("if-none-match"), true),
        uploadedBefore: time("if-unmodified-since"),
        uploadedAfter: time("if-modified-since"),
        secondsGranularity: true,
      };
    }
    const time = (value) => value == null ? undefined : new Date(value).getTime();
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
    const found = /^bytes=(\d*)-(\d*)$/.exec(headers.get("range")?.trim() ?? "");
    if (found === null || (found[1] === "" && found[2] === "")) return {};
    if (found[1] === "") return { suffix: Number(found[2]) };
    const offset = Number(found[1]);
    if (found[2] === "") return { offset };
    const length = Number(found[2]) - offset + 1;
    return length > 0 ? { offset, length } : {};
  }

  function resolveRange(given, size) {
    const { offset, length, suffix } = isHeaders(given) ? headerRange(given) : given ?? {};
    if (suffix != null) {
      if (offset != null) throw new TypeError("Suffix is incompatible with offset.");
      if (length != null) throw new TypeError("Suffix is incompatible with length.");
      if (suffix < 0) {
        throw new RangeError(`Invalid suffix. Suffix (${suffix}) must be greater than or equal to 0.`);
      }
      if (suffix === 0) throw unsatisfiable();
      const taken = Math.min(Math.trunc(suffix), size);
      return { offset: size - taken, length: taken };
    }
    const start = Math.trunc(offset ?? 0);
    if (start < 0) {
      throw new RangeError(
        `Invalid range. Starting offset (${start}) must be greater than or equal to 0.`,
      );
    }
    if (length != null && !(length >= 0)) {
      throw new RangeError(`Invalid range. Length (${length}) must be greater than or equal to 0.`);
    }
    if ((start > 0 && start >= size) || length === 0) throw unsatisfiable();
    return { offset: start, length: Math.min(Math.trunc(length ?? size), size - start) };
  }

  // ---- digests ----

  function checksum(options) {
    const given = Object.keys(DIGESTS).filter((name) => options[name] != null);
    if (given.length === 0) return null;
    if (given.length > 1) {
      throw new TypeError("You cannot specify multiple hashing algorithms.");
    }
    const { 0: name } = given;
    const value = options[name];
    const shown = DIGEST_NAMES[name];
    if (typeof value === "object") {
      const bytes = value instanceof ArrayBuffer
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
    if (!/^[0-9a-f]*$/i.test(text)) {
      throw new TypeError(`Provided ${shown} wasn't a valid hex string`);
    }
    return [name, text.toLowerCase()];
  }

  function hex(bytes) {
    let text = "";
    for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
    return text;
  }

  function fromHex(text) {
    const bytes = new Uint8Array(text.length / 2);
    for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
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
