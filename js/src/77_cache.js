// Loaded by rooms that use it: `caches`, Cache and CacheStorage. The responses are kept by Rust, which
// also reads their Cache-Control; conditional and range requests are answered here (specification,
// section 11; RFC 9110, sections 13 and 14).
(function () {
  const { core, internals, primordials } = __bootstrap;
  const { Headers, HeadersPrototypeGet, HeadersPrototypeSet, headersEntries } = internals.platform;
  const {
    ArrayPrototypePush,
    ArrayPrototypeReduce,
    ArrayPrototypeSome,
    DateParse,
    Error,
    MathMax,
    MathMin,
    Number,
    ObjectDefineProperty,
    ObjectPrototypeIsPrototypeOf,
    RegExpPrototypeExec,
    SafeArrayIterator,
    SafeRegExp,
    StringPrototypeReplace,
    StringPrototypeSplit,
    StringPrototypeTrim,
    Symbol,
    TypeError,
    TypedArrayPrototypeSlice,
    TypedArrayPrototypeSubarray,
    Uint8Array,
  } = primordials;
  const { RequestPrototype } = core.loadExtScript("ext:deno_fetch/23_request.js");
  const {
    fromInnerResponse,
    newInnerResponse,
    Response: BaseResponse,
    toInnerResponse,
  } = core.loadExtScript("ext:deno_fetch/23_response.js");
  const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");
  const { InnerBody } = core.loadExtScript("ext:deno_fetch/22_body.js");
  const { op_pr_cache_delete, op_pr_cache_match, op_pr_cache_put, op_pr_uuid } = core.ops;

  const kMake = Symbol("make");

  function checkMake(key) {
    if (key !== kMake) throw new TypeError("Illegal constructor");
  }

  // ---- conditions and ranges ----

  const WEAK = new SafeRegExp(/^W\//);
  const opaque = (tag) => StringPrototypeReplace(StringPrototypeTrim(tag), WEAK, "");

  function isUnchanged(request, headers) {
    const wanted = HeadersPrototypeGet(request.headers, "if-none-match");
    const etag = HeadersPrototypeGet(headers, "etag");
    if (wanted !== null) {
      if (etag === null) return false;
      return StringPrototypeTrim(wanted) === "*" ||
        ArrayPrototypeSome(StringPrototypeSplit(wanted, ","), (tag) => opaque(tag) === opaque(etag));
    }
    const since = DateParse(HeadersPrototypeGet(request.headers, "if-modified-since") ?? "");
    const modified = DateParse(HeadersPrototypeGet(headers, "last-modified") ?? "");
    return modified <= since;
  }

  // [[first, last]] of a Range header, none that can be served, or undefined for one to be ignored.
  function rangesOf(header, length) {
    const listed = RegExpPrototypeExec(/^bytes=(.+)$/, header);
    if (listed === null) return undefined;
    const ranges = [];
    for (const part of new SafeArrayIterator(StringPrototypeSplit(listed[1], ","))) {
      const match = RegExpPrototypeExec(/^\s*(\d*)-(\d*)\s*$/, part);
      if (match === null || StringPrototypeTrim(match[0]) === "-") return undefined;
      let { 1: first, 2: last } = match;
      if (first === "") {
        first = MathMax(0, length - Number(last));
        last = length - 1;
      } else {
        first = Number(first);
        last = last === "" ? length - 1 : MathMin(Number(last), length - 1);
      }
      if (first <= last) ArrayPrototypePush(ranges, [first, last]);
    }
    return ranges;
  }

  /** @returns {[Uint8Array, string]} */
  function multipart(body, ranges, type) {
    const boundary = `partyrun-${op_pr_uuid()}`;
    const pieces = [];
    for (const { 0: first, 1: last } of new SafeArrayIterator(ranges)) {
      ArrayPrototypePush(
        pieces,
        core.encode(
          `--${boundary}\r\n${type === null ? "" : `Content-Type: ${type}\r\n`}` +
            `Content-Range: bytes ${first}-${last}/${body.byteLength}\r\n\r\n`,
        ),
        TypedArrayPrototypeSubarray(body, first, last + 1),
        core.encode("\r\n"),
      );
    }
    ArrayPrototypePush(pieces, core.encode(`--${boundary}--`));
    const whole = new Uint8Array(ArrayPrototypeReduce(pieces, (sum, piece) => sum + piece.byteLength, 0));
    let at = 0;
    for (const piece of new SafeArrayIterator(pieces)) {
      whole.set(piece, at);
      at += piece.byteLength;
    }
    return [whole, `multipart/byteranges; boundary=${boundary}`];
  }

  function makeResponse(status, reason, headers, body) {
    const inner = newInnerResponse(status, reason);
    inner.headerList = headers;
    if (body !== null) inner.body = new InnerBody({ body, consumed: false });
    return fromInnerResponse(inner, "immutable");
  }

  // Of what is kept, what the request asks for.
  function answer(request, kept) {
    const headers = new Headers(kept.headers);
    HeadersPrototypeSet(headers, "cf-cache-status", "HIT");
    HeadersPrototypeSet(headers, "age", `${kept.age}`);
    const { body } = kept;
    if (isUnchanged(request, headers)) return makeResponse(304, "", headersEntries(headers), null);
    HeadersPrototypeSet(headers, "content-length", `${body.byteLength}`);
    const range = kept.status === 200 ? HeadersPrototypeGet(request.headers, "range") : null;
    const ranges = range === null ? undefined : rangesOf(range, body.byteLength);
    if (ranges === undefined) return makeResponse(kept.status, kept.reason, headersEntries(headers), body);
    if (ranges.length === 0) {
      return makeResponse(416, "", [
        ["cf-cache-status", "HIT"],
        ["content-range", `bytes */${body.byteLength}`],
      ], null);
    }
    if (ranges.length > 1) {
      const { 0: whole, 1: type } = multipart(body, ranges, HeadersPrototypeGet(headers, "content-type"));
      HeadersPrototypeSet(headers, "content-type", type);
      HeadersPrototypeSet(headers, "content-length", `${whole.byteLength}`);
      return makeResponse(206, "", headersEntries(headers), whole);
    }
    const { 0: { 0: first, 1: last } } = ranges;
    HeadersPrototypeSet(headers, "content-range", `bytes ${first}-${last}/${body.byteLength}`);
    HeadersPrototypeSet(headers, "content-length", `${last - first + 1}`);
    return makeResponse(206, "", headersEntries(headers), TypedArrayPrototypeSlice(body, first, last + 1));
  }

  // ---- Cache ----

  const unimplemented = (type, name) => () => {
    throw new Error(`Failed to execute '${name}' on '${type}': the method is not implemented.`);
  };

  return (Request) => {
    function asRequest(input, method) {
      if (ObjectPrototypeIsPrototypeOf(RequestPrototype, input)) return input;
      if (input === undefined) {
        throw new TypeError(
          `Failed to execute '${method}' on 'Cache': parameter 1 is not of type 'Request or string'.`,
        );
      }
      return new Request(`${input}`);
    }

    const keyOf = (request) => StringPrototypeSplit(request.url, "#")[0];

    class Cache {
      #name;

      constructor(key, name) {
        checkMake(key);
        this.#name = name;
      }

      async put(input, response) {
        const request = asRequest(input, "put");
        if (!ObjectPrototypeIsPrototypeOf(BaseResponse.prototype, response)) {
          throw new TypeError(
            "Failed to execute 'put' on 'Cache': parameter 2 is not of type 'Response'.",
          );
        }
        if (request.method !== "GET") {
          throw new TypeError("Cannot cache response to non-GET request.");
        }
        if (response.status === 206) {
          throw new TypeError(
            "Cannot cache response to a range request (206 Partial Content).",
          );
        }
        const vary = HeadersPrototypeGet(response.headers, "vary");
        const varies = StringPrototypeSplit(vary ?? "", ",");
        if (ArrayPrototypeSome(varies, (name) => StringPrototypeTrim(name) === "*")) {
          throw new TypeError("Cannot cache response with 'Vary: *' header.");
        }
        const { status, statusMessage } = toInnerResponse(response);
        const headers = headersEntries(response.headers);
        const body = new Uint8Array(await response.arrayBuffer());
        await op_pr_cache_put(
          this.#name,
          keyOf(request),
          headersEntries(request.headers),
          status,
          statusMessage,
          headers,
          body,
        );
      }

      async match(input, options = undefined) {
        const request = asRequest(input, "match");
        if (request.method !== "GET" && !options?.ignoreMethod) return undefined;
        const kept = await op_pr_cache_match(this.#name, keyOf(request));
        return kept === null ? undefined : answer(request, kept);
      }

      async delete(input, options = undefined) {
        const request = asRequest(input, "delete");
        if (request.method !== "GET" && !options?.ignoreMethod) return false;
        return await op_pr_cache_delete(this.#name, keyOf(request));
      }
    }

    class CacheStorage {
      constructor(key) {
        checkMake(key);
        this.default = new Cache(kMake, "");
      }

      async open(name) {
        if (arguments.length === 0) {
          throw new TypeError(
            "Failed to execute 'open' on 'CacheStorage': parameter 1 is not of type 'string'.",
          );
        }
        // A prefix, because the default cache is none of the named ones.
        return new Cache(kMake, `:${name}`);
      }
    }

    for (
      const { 0: type, 1: names } of new SafeArrayIterator([
        [Cache, ["add", "addAll", "keys", "matchAll"]],
        [CacheStorage, ["delete", "has", "keys", "match"]],
      ])
    ) {
      for (const name of new SafeArrayIterator(names)) {
        ObjectDefineProperty(type.prototype, name, {
          __proto__: null,
          value: {
            async [name]() {
              unimplemented(type.name, name)();
            },
          }[name],
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
      webidl.configureInterface(type);
    }
    return { Cache, CacheStorage, caches: new CacheStorage(kMake) };
  };
})();
