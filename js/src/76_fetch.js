// Loaded by rooms that use it: fetch as Workers have it. The standard's, and with the header
// `Upgrade: websocket` a WebSocket in the response (specification, section 11).
(function () {
  const { core, internals, primordials } = __bootstrap;
  const {
    HeadersPrototypeGet,
    headersEntries,
    ReadableStreamPrototypeCancel,
    ReadableStreamPrototypeGetLocked,
    URL,
    URLCanParse,
  } = internals.platform;
  const {
    ArrayPrototypeEvery,
    Number,
    ObjectPrototypeIsPrototypeOf,
    Promise,
    PromisePrototypeThen,
    RegExpPrototypeExec,
    SafeArrayIterator,
    SafePromiseRace,
    StringPrototypeCharCodeAt,
    StringPrototypeToLowerCase,
    TypeError,
    Uint8Array,
  } = primordials;
  const { mainFetch } = core.loadExtScript("ext:deno_fetch/26_fetch.js");
  const { toInnerRequest } = core.loadExtScript("ext:deno_fetch/23_request.js");
  const { fromInnerResponse } = core.loadExtScript("ext:deno_fetch/23_response.js");
  const { ReadableStreamPrototype } = core.loadExtScript("ext:deno_web/06_streams.js");
  const { op_pr_fetch_socket, op_utf8_to_byte_string } = core.ops;

  const isStream = (value) => ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, value);

  // Header values are UTF-8 on the wire; the standard's fetch takes and gives a character for each byte.
  const isAscii = (text) => RegExpPrototypeExec(/[^\0-\x7f]/, text) === null;

  function encodeHeaders(inner) {
    if (ArrayPrototypeEvery(inner.headerList, (header) => isAscii(header[1]))) return;
    const encoded = (text) => isAscii(text) ? text : op_utf8_to_byte_string(text);
    for (const header of new SafeArrayIterator(inner.headerList)) header[1] = encoded(header[1]);
  }

  function received(inner, kLength) {
    let length;
    let isDecoded = true;
    for (const header of new SafeArrayIterator(inner.headerList)) {
      if (!isAscii(header[1])) {
        const bytes = new Uint8Array(header[1].length);
        for (let at = 0; at < bytes.length; at++) bytes[at] = StringPrototypeCharCodeAt(header[1], at);
        header[1] = core.decode(bytes);
      }
      const name = StringPrototypeToLowerCase(header[0]);
      if (name === "content-length") length = Number(header[1]);
      if (name === "content-encoding") isDecoded = false;
    }
    // Whoever passes the body on may say how long it is.
    const stream = inner.body?.streamOrStatic;
    if (length >= 0 && isDecoded && stream !== undefined) stream[kLength] = length;
    return fromInnerResponse(inner, "immutable");
  }

  // The standard's `fetch` of a request whose body may move on as it is.
  async function send(request, inner) {
    const { signal } = request;
    signal.throwIfAborted();
    let onAbort;
    const aborted = new Promise((_, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { __proto__: null, once: true });
    });
    try {
      const response = await SafePromiseRace([mainFetch(inner, false, signal), aborted]);
      if (response.aborted) throw signal.reason;
      if (response.type === "error") {
        throw new TypeError(`Fetch failed: ${response.error ?? "unknown error"}`);
      }
      return response;
    } catch (error) {
      const stream = inner.body?.streamOrStatic;
      if (isStream(stream) && !ReadableStreamPrototypeGetLocked(stream)) {
        PromisePrototypeThen(ReadableStreamPrototypeCancel(stream, error), undefined, () => {});
      }
      if (error?.cause?.message === "expected typed ArrayBufferView") {
        throw new TypeError("This ReadableStream did not return bytes.", { cause: error.cause });
      }
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  // `receive(answer, openSocket)` makes a Response; `makeSocket(id, accepted)` a WebSocket.
  return ({ kLength, lengthOf, makeSocket, receive, Request }) => {
    // A body of a known length is announced with it: many servers take no other.
    function measure(inner) {
      const { body } = inner;
      const stream = body?.streamOrStatic;
      if (!isStream(stream)) return;
      body.length = lengthOf(stream) ?? null;
      if (body.length !== 0) return;
      PromisePrototypeThen(ReadableStreamPrototypeCancel(stream), undefined, () => {});
      inner.body = null;
    }

    async function fetchSocket(request) {
      const { signal } = request;
      signal.throwIfAborted();
      const url = new URL(request.url);
      if (url.protocol === "ws:") url.protocol = "http:";
      if (url.protocol === "wss:") url.protocol = "https:";
      url.hash = "";
      const answer = op_pr_fetch_socket(url.href, headersEntries(request.headers));
      const aborted = new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { __proto__: null, once: true })
      );
      return receive(await SafePromiseRace([answer, aborted]), (id) => makeSocket(id, false));
    }

    return {
      async fetch(input, init = undefined) {
        if (typeof input === "string" && !URLCanParse(input)) {
          throw new TypeError(`Invalid URL: ${input}`);
        }
        // Headers that can be read once only are read here.
        const request = new Request(input, init);
        if (
          StringPrototypeToLowerCase(HeadersPrototypeGet(request.headers, "upgrade") ?? "") === "websocket"
        ) return fetchSocket(request);
        const inner = toInnerRequest(request);
        encodeHeaders(inner);
        measure(inner);
        return received(await send(request, inner), kLength);
      },
    }.fetch;
  };
})();
