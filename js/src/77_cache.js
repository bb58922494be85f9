// Loaded by rooms that use it: `caches`, Cache and CacheStorage. The responses are kept by Rust, which
// also reads their Cache-Control; conditional and range requests are answered here (specification,
// section 11; RFC 9110, sections 13 and 14).
(function () {
  const { core } = __bootstrap;
  const { RequestPrototype } = core.loadExtScript("ext:deno_fetch/23_request.js");
  const {
    fromInnerResponse,
    newInnerResponse,
    Response: BaseResponse,
    toInnerResponse,
  } = core.loadExtScript("ext:deno_fetch/23_response.js");
  const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");
  const { InnerBody } = core.loadExtScript("ext:deno_fetch/22_body.js");
  const { op_pr_cache_delete, op_pr_cache_match, op_pr_cache_put } = core.ops;

  const kMake = Symbol("make");

  function checkMake(key) {
    if (key !== kMake) throw new TypeError("Illegal constructor");
  }

  // ---- conditions and ranges ----

  const opaque = (tag) => tag.trim().replace(/^W\//, "");

  function isUnchanged(request, headers) {
    const wanted = request.headers.get("if-none-match");
    const etag = headers.get("etag");
    if (wanted !== null) {
      if (etag === null) return false;
      return wanted.trim() === "*" || wanted.split(",").some((tag) => opaque(tag) === opaque(etag));
    }
    const since = Date.parse(request.headers.get("if-modified-since") ?? "");
    const modified = Date.parse(headers.get("last-modified") ?? "");
    return modified <= since;
  }

  // [[first, last]] of a Range header, none that can be served, or undefined for one to be ignored.
  function rangesOf(header, length) {
    const parts = /^bytes=(.+)$/.exec(header)?.[1].split(",");
    if (parts === undefined) return undefined;
    const ranges = [];
    for (const part of parts) {
      const match = /^\s*(\d*)-(\d*)\s*$/.exec(part);
      if (match === null || match[0].trim() === "-") return undefined;
      let [, first, last] = match;
      if (first === "") {
        [first, last] = [Math.max(0, length - Number(last)), length - 1];
      } else {
        [first, last] = [Number(first), last === "" ? length - 1 : Math.min(Number(last), length - 1)];
      }
      if (first <= last) ranges.push([first, last]);
    }
    return ranges;
  }

  function multipart(body, ranges, type) {
    const boundary = `partyrun-${crypto.randomUUID()}`;
    const pieces = [];
    for (const [first, last] of ranges) {
      pieces.push(
        core.encode(
          `--${boundary}\r\n${type === null ? "" : `Content-Type: ${type}\r\n`}` +
            `Content-Range: bytes ${first}-${last}/${body.byteLength}\r\n\r\n`,
        ),
        body.subarray(first, last + 1),
        core.encode("\r\n"),
      );
    }
    pieces.push(core.encode(`--${boundary}--`));
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
    let at = 0;
    for (const piece of pieces) {
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
    headers.set("cf-cache-status", "HIT");
    headers.set("age", `${kept.age}`);
    const { body } = kept;
    if (isUnchanged(request, headers)) return makeResponse(304, "", [...headers], null);
    headers.set("content-length", `${body.byteLength}`);
    const range = kept.status === 200 ? request.headers.get("range") : null;
    const ranges = range === null ? undefined : rangesOf(range, body.byteLength);
    if (ranges === undefined) return makeResponse(kept.status, kept.reason, [...headers], body);
    if (ranges.length === 0) {
      return makeResponse(416, "", [
        ["cf-cache-status", "HIT"],
        ["content-range", `bytes */${body.byteLength}`],
      ], null);
    }
    if (ranges.length > 1) {
      const [whole, type] = multipart(body, ranges, headers.get("content-type"));
      headers.set("content-type", type);
      headers.set("content-length", `${whole.byteLength}`);
      return makeResponse(206, "", [...headers], whole);
    }
    const [[first, last]] = ranges;
    headers.set("content-range", `bytes ${first}-${last}/${body.byteLength}`);
    headers.set("content-length", `${last - first + 1}`);
    return makeResponse(206, "", [...headers], body.slice(first, last + 1));
  }

  // ---- Cache ----

  const unimplemented = (type, name) => () => {
    throw new Error(`Failed to execute '${name}' on '${type}': the method is not implemented.`);
  };

  return (Request) => {
    function asRequest(input, method) {
      if (RequestPrototype.isPrototypeOf(input)) return input;
      if (input === undefined) {
        throw new TypeError(
          `Failed to execute '${method}' on 'Cache': parameter 1 is not of type 'Request or string'.`,
        );
      }
      return new Request(`${input}`);
    }

    const keyOf = (request) => request.url.split("#")[0];

    class Cache {
      #name;

      constructor(key, name) {
        checkMake(key);
        this.#name = name;
      }

      async put(input, response) {
        const request = asRequest(input, "put");
        if (!BaseResponse.prototype.isPrototypeOf(response)) {
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
        const vary = response.headers.get("vary");
        if (vary?.split(",").some((name) => name.trim() === "*")) {
          throw new TypeError("Cannot cache response with 'Vary: *' header.");
        }
        const { status, statusMessage } = toInnerResponse(response);
        const headers = [...response.headers];
        const body = new Uint8Array(await response.arrayBuffer());
        await op_pr_cache_put(
          this.#name,
          keyOf(request),
          [...request.headers],
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
      const [type, names] of [
        [Cache, ["add", "addAll", "keys", "matchAll"]],
        [CacheStorage, ["delete", "has", "keys", "match"]],
      ]
    ) {
      for (const name of names) {
        Object.defineProperty(type.prototype, name, {
          value: { async [name]() { unimplemented(type.name, name)(); } }[name],
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
