// Loaded in isolates whose project has `bindings.r2`. Object buckets as Workers have them, with the words
// of the original's local server; numbers in brackets are the platform's error codes.
(function () {
  const { core, internals, primordials } = __bootstrap;
  const { ops } = core;
  const { HeadersPrototypeSet } = internals.platform;
  const {
    ArrayBufferIsView,
    ArrayBufferPrototype,
    ArrayIsArray,
    ArrayPrototypeMap,
    Date,
    DatePrototypeToUTCString,
    Error,
    JSONParse,
    ObjectDefineProperty,
    ObjectEntries,
    ObjectKeys,
    ObjectPrototypeIsPrototypeOf,
    RangeError,
    SafeArrayIterator,
    SafeSet,
    TypeError,
    Uint8Array,
    decodeURIComponent,
    encodeURIComponent,
    globalThis,
  } = primordials;
  // What user code makes of the global is its own business.
  const { Response } = globalThis;
  const { ReadableStreamPrototype } = core.loadExtScript("ext:deno_web/06_streams.js");
  const { Blob } = core.loadExtScript("ext:deno_web/09_file.js");

  const MAX_KEY_BYTES = 1024;
  const MAX_LIST = 1000;
  const MAX_PARTS = 10_000;

  const BODY_USED =
    "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.";

  const {
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
  } = core.loadExtScript("ext:partyrun/71_r2_options.js");

  function illegalInvocation() {
    return new TypeError(
      "Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    );
  }

  function wrongArgument(on, method, number, type) {
    return new TypeError(
      `Failed to execute '${method}' on '${on}': parameter ${number} is not of type '${type}'.`,
    );
  }

  function checkKey(key, method) {
    const text = `${key}`;
    if (core.encode(text).length > MAX_KEY_BYTES) {
      throw new Error(`${method}: The specified object name is not valid. (10020)`);
    }
    return text;
  }

  function readCursor(cursor) {
    try {
      return decodeURIComponent(cursor);
    } catch {
      return cursor;
    }
  }

  const VALUE_TYPE = "ReadableStream or ArrayBuffer or ArrayBufferView or string or Blob";

  function checkValue(value, on, method) {
    if (value == null) return "";
    if (
      typeof value === "string" || ObjectPrototypeIsPrototypeOf(ArrayBufferPrototype, value) ||
      ArrayBufferIsView(value)
    ) {
      return value;
    }
    if (ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, value)) return value;
    if (ObjectPrototypeIsPrototypeOf(Blob.prototype, value)) return value.stream();
    throw wrongArgument(on, method, 2, VALUE_TYPE);
  }

  // ---- objects ----

  class Checksums {
    constructor(digests) {
      for (const name of new SafeArrayIterator(["sha512", "sha384", "sha256", "sha1", "md5"])) {
        this[name] = digests[name] === undefined ? undefined : fromHex(digests[name]);
      }
    }

    toJSON() {
      const digests = {};
      for (const name of new SafeArrayIterator(ObjectKeys(DIGESTS))) {
        if (this[name] !== undefined) digests[name] = hex(new Uint8Array(this[name]));
      }
      return digests;
    }
  }

  // An object without its bytes.
  class HeadResult {
    constructor(record, range) {
      this.storageClass = "";
      this.range = range;
      this.customMetadata = JSONParse(record.custom);
      this.httpMetadata = readHttp(record.http);
      this.uploaded = new Date(record.uploaded);
      this.checksums = new Checksums(record.checksums);
      this.httpEtag = `"${record.etag}"`;
      this.etag = record.etag;
      this.size = record.size;
      this.version = record.version;
      this.key = record.key;
    }

    writeHttpMetadata(headers) {
      if (arguments.length === 0 || !isHeaders(headers)) {
        throw wrongArgument("HeadResult", "writeHttpMetadata", 1, "Headers");
      }
      for (const { 0: field, 1: header } of new SafeArrayIterator(ObjectEntries(HTTP_FIELDS))) {
        const value = this.httpMetadata[field];
        if (value !== undefined) HeadersPrototypeSet(headers, header, value);
      }
      const { cacheExpiry } = this.httpMetadata;
      if (cacheExpiry !== undefined) {
        HeadersPrototypeSet(headers, "expires", DatePrototypeToUTCString(cacheExpiry));
      }
    }
  }

  // An object with its bytes, which are read when they are asked for.
  class GetResult extends HeadResult {
    #open;
    #response;

    constructor(record, range, open) {
      super(record, range);
      this.#open = open;
    }

    #body() {
      this.#response ??= new Response(this.#open());
      return this.#response;
    }

    #consume() {
      const response = this.#body();
      if (response.bodyUsed || response.body.locked) throw new TypeError(BODY_USED);
      return response;
    }

    get body() {
      return this.#body().body;
    }

    get bodyUsed() {
      return this.#response !== undefined && this.#response.bodyUsed;
    }

    async arrayBuffer() {
      return await this.#consume().arrayBuffer();
    }

    async text() {
      return await this.#consume().text();
    }

    async json() {
      return await this.#consume().json();
    }

    async blob() {
      const bytes = await this.#consume().arrayBuffer();
      return new Blob([bytes], { type: this.httpMetadata.contentType ?? "" });
    }
  }

  function enumerable(type, names) {
    for (const name of new SafeArrayIterator(names)) {
      ObjectDefineProperty(type.prototype, name, { __proto__: null, enumerable: true });
    }
  }
  enumerable(Checksums, ["toJSON"]);
  enumerable(HeadResult, ["writeHttpMetadata"]);
  enumerable(GetResult, ["bodyUsed", "body", "arrayBuffer", "text", "json", "blob"]);

  return function ({ bodyParts, streamOf }) {
    // Only this file makes buckets and uploads.
    const kConstruct = {};
    function assertConstruct(key) {
      if (key !== kConstruct) throw new TypeError("Illegal constructor");
    }

    class R2MultipartUpload {
      #bucket;

      constructor(construct, bucket, key, uploadId) {
        assertConstruct(construct);
        this.#bucket = bucket;
        this.uploadId = uploadId;
        this.key = key;
      }

      static #nameOf(upload) {
        if (typeof upload !== "object" || upload === null || !(#bucket in upload)) {
          throw illegalInvocation();
        }
        return { bucket: upload.#bucket, key: upload.key, id: upload.uploadId };
      }

      async uploadPart(partNumber, value) {
        const name = R2MultipartUpload.#nameOf(this);
        const number = partNumber | 0;
        if (number < 1 || number > MAX_PARTS) {
          throw new TypeError(
            `Part number must be between 1 and ${MAX_PARTS} (inclusive). Actual value was: ${number}`,
          );
        }
        if (value == null) throw wrongArgument("R2MultipartUpload", "uploadPart", 2, VALUE_TYPE);
        const { 0: bytes, 1: rid } = bodyParts(
          checkValue(value, "R2MultipartUpload", "uploadPart"),
        );
        const etag = await ops.op_pr_r2_multipart_part(name, number, bytes, rid);
        return { partNumber: number, etag };
      }

      async abort() {
        await ops.op_pr_r2_multipart_abort(R2MultipartUpload.#nameOf(this));
      }

      async complete(uploadedParts) {
        const name = R2MultipartUpload.#nameOf(this);
        if (!ArrayIsArray(uploadedParts)) {
          throw wrongArgument("R2MultipartUpload", "complete", 1, "Array");
        }
        const parts = ArrayPrototypeMap(uploadedParts, ({ partNumber, etag }) => ({
          partNumber: partNumber | 0,
          etag: `${etag}`,
        }));
        return new HeadResult(await ops.op_pr_r2_multipart_complete(name, parts));
      }
    }
    enumerable(R2MultipartUpload, ["uploadPart", "abort", "complete"]);

    class R2Bucket {
      #name;

      constructor(construct, name) {
        assertConstruct(construct);
        this.#name = name;
      }

      static #nameOf(bucket, method, args) {
        if (typeof bucket !== "object" || bucket === null || !(#name in bucket)) {
          throw illegalInvocation();
        }
        if (args !== undefined && args.length === 0) {
          throw wrongArgument("R2Bucket", method, 1, "string");
        }
        return bucket.#name;
      }

      async head(key) {
        const name = R2Bucket.#nameOf(this, "head", arguments);
        const object = await ops.op_pr_r2_get(name, checkKey(key, "head"));
        if (object === null) return null;
        const record = ops.op_pr_r2_record(object);
        return new HeadResult(record, { offset: 0, length: record.size });
      }

      async get(key, options) {
        const name = R2Bucket.#nameOf(this, "get", arguments);
        const { onlyIf, range } = options ?? { __proto__: null };
        const wanted = condition(onlyIf);
        // What is wrong with a range by itself is said before the object is looked for.
        resolveRange(isHeaders(range) ? null : range, Infinity);
        const object = await ops.op_pr_r2_get(name, checkKey(key, "get"));
        if (object === null) return null;
        const record = ops.op_pr_r2_record(object);
        if (!ops.op_pr_r2_matches(object, wanted)) {
          return new HeadResult(record, { offset: 0, length: record.size });
        }
        const part = resolveRange(range, record.size);
        const open = () => streamOf(ops.op_pr_r2_body(object, part.offset, part.length));
        return new GetResult(record, part, open);
      }

      async put(key, value, options) {
        const name = R2Bucket.#nameOf(this, "put", arguments);
        if (arguments.length < 2) throw wrongArgument("R2Bucket", "put", 2, VALUE_TYPE);
        const given = options ?? { __proto__: null };
        const body = checkValue(value, "R2Bucket", "put");
        const settings = {
          bucket: name,
          key: checkKey(key, "put"),
          http: httpMetadata(given.httpMetadata),
          custom: customMetadata(given.customMetadata, "put"),
          condition: condition(given.onlyIf),
          checksum: checksum(given),
        };
        const { 0: bytes, 1: rid } = bodyParts(body);
        const record = await ops.op_pr_r2_put(settings, bytes, rid);
        return record === null ? null : new HeadResult(record);
      }

      async createMultipartUpload(key, options) {
        const name = R2Bucket.#nameOf(this, "createMultipartUpload", arguments);
        const text = checkKey(key, "createMultipartUpload");
        const http = httpMetadata(options?.httpMetadata);
        const custom = customMetadata(options?.customMetadata, "createMultipartUpload");
        const id = await ops.op_pr_r2_multipart_create(name, text, http, custom);
        return new R2MultipartUpload(kConstruct, name, text, id);
      }

      resumeMultipartUpload(key, uploadId) {
        const name = R2Bucket.#nameOf(this, "resumeMultipartUpload", arguments);
        return new R2MultipartUpload(kConstruct, name, `${key}`, `${uploadId}`);
      }

      async delete(keys) {
        const name = R2Bucket.#nameOf(this, "delete", arguments);
        const list = ArrayIsArray(keys) ? keys : [keys];
        await ops.op_pr_r2_delete(name, ArrayPrototypeMap(list, (key) => checkKey(key, "delete")));
      }

      async list(options) {
        const name = R2Bucket.#nameOf(this);
        const { limit, prefix, cursor, delimiter, startAfter, include } = options ?? { __proto__: null };
        const included = new SafeSet(include ?? []);
        for (const field of included.values()) {
          if (field !== "httpMetadata" && field !== "customMetadata") {
            throw new RangeError(`Unsupported include value ${field}`);
          }
        }
        const most = limit == null || limit < 0 ? MAX_LIST : limit | 0;
        if (most === 0 || most > MAX_LIST) {
          throw new Error(
            `list: MaxKeys params must be positive integer <= ${MAX_LIST}. (10022)`,
          );
        }
        const after = cursor == null ? startAfter : readCursor(`${cursor}`);
        const page = await ops.op_pr_r2_list(
          name,
          `${prefix ?? ""}`,
          delimiter == null ? null : `${delimiter}`,
          after == null ? null : `${after}`,
          most,
        );
        const objects = ArrayPrototypeMap(page.objects, (record) =>
          new HeadResult({
            ...record,
            http: included.has("httpMetadata") ? record.http : "{}",
            custom: included.has("customMetadata") ? record.custom : "{}",
          }));
        const list = { objects, truncated: page.next !== null };
        if (page.next !== null) list.cursor = encodeURIComponent(page.next);
        list.delimitedPrefixes = page.prefixes;
        return list;
      }
    }
    enumerable(R2Bucket, [
      "head",
      "get",
      "put",
      "createMultipartUpload",
      "resumeMultipartUpload",
      "delete",
      "list",
    ]);

    return (name) => new R2Bucket(kConstruct, name);
  };
})();
