// Loaded by rooms that use it: fetch as Workers have it. The standard's, and with the header
// `Upgrade: websocket` a WebSocket in the response (specification, section 11).
(function () {
  const { core } = __bootstrap;
  const { fetch: baseFetch } = core.loadExtScript("ext:deno_fetch/26_fetch.js");
  const { RequestPrototype, toInnerRequest } = core.loadExtScript("ext:deno_fetch/23_request.js");
  const { toInnerResponse } = core.loadExtScript("ext:deno_fetch/23_response.js");
  const { op_pr_fetch_socket, op_utf8_to_byte_string } = core.ops;

  // Header values are UTF-8 on the wire; the standard's fetch takes and gives a character for each byte.
  const isAscii = (text) => !/[^\0-\x7f]/.test(text);

  function sendable(request) {
    if ([...request.headers.values()].every(isAscii)) return request;
    const inner = toInnerRequest(request);
    const encoded = (text) => isAscii(text) ? text : op_utf8_to_byte_string(text);
    for (const header of inner.headerList) header[1] = encoded(header[1]);
    return request;
  }

  function received(response, kLength) {
    const inner = toInnerResponse(response);
    let length;
    let isDecoded = true;
    for (const header of inner.headerList) {
      if (!isAscii(header[1])) {
        header[1] = core.decode(Uint8Array.from(header[1], (byte) => byte.charCodeAt(0)));
      }
      const name = header[0].toLowerCase();
      if (name === "content-length") length = Number(header[1]);
      if (name === "content-encoding") isDecoded = false;
    }
    // Whoever passes the body on may say how long it is.
    const stream = inner.body?.streamOrStatic;
    if (length >= 0 && isDecoded && stream !== undefined) stream[kLength] = length;
    return response;
  }

  // `receive(answer, openSocket)` makes a Response; `makeSocket(id, accepted)` a WebSocket.
  return ({ kLength, makeSocket, receive, Request }) => {
    async function fetchSocket(request) {
      const { signal } = request;
      signal.throwIfAborted();
      const url = new URL(request.url);
      if (url.protocol === "ws:") url.protocol = "http:";
      if (url.protocol === "wss:") url.protocol = "https:";
      url.hash = "";
      const answer = op_pr_fetch_socket(url.href, [...request.headers]);
      const aborted = new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
      return receive(await Promise.race([answer, aborted]), (id) => makeSocket(id, false));
    }

    return {
      async fetch(input, init = undefined) {
        if (typeof input === "string" && !URL.canParse(input)) {
          throw new TypeError(`Invalid URL: ${input}`);
        }
        if (init?.headers === undefined && !RequestPrototype.isPrototypeOf(input)) {
          return received(await baseFetch(input, init), kLength);
        }
        // Headers that can be read once only are read here.
        const request = new Request(input, init);
        if (request.headers.get("upgrade")?.toLowerCase() === "websocket") return fetchSocket(request);
        return received(await baseFetch(sendable(request)), kLength);
      },
    }.fetch;
  };
})();
