// Loaded by rooms that use it: fetch as Workers have it. The standard's, and with the header
// `Upgrade: websocket` a WebSocket in the response (specification, section 11).
(function () {
  const { core } = __bootstrap;
  const { fetch: baseFetch } = core.loadExtScript("ext:deno_fetch/26_fetch.js");
  const { Headers } = core.loadExtScript("ext:deno_fetch/20_headers.js");
  const { RequestPrototype } = core.loadExtScript("ext:deno_fetch/23_request.js");
  const { op_pr_fetch_socket } = core.ops;

  // `receive(answer, openSocket)` makes a Response; `makeSocket(id, accepted)` a WebSocket.
  return ({ Request, receive, makeSocket }) => {
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

    // Undefined for what asks for no WebSocket; headers that can be read once only are then read.
    function upgrading(input, init) {
      const given = init?.headers ??
        (RequestPrototype.isPrototypeOf(input) ? input.headers : undefined);
      if (given === undefined) return undefined;
      const headers = new Headers(given);
      return { headers, upgrade: headers.get("upgrade")?.toLowerCase() === "websocket" };
    }

    return {
      async fetch(input, init = undefined) {
        if (typeof input === "string" && !URL.canParse(input)) {
          throw new TypeError(`Invalid URL: ${input}`);
        }
        const asked = upgrading(input, init);
        if (asked === undefined) return baseFetch(input, init);
        if (asked.upgrade) return fetchSocket(new Request(input, init));
        return baseFetch(input, init?.headers === undefined ? init : { ...init, headers: asked.headers });
      },
    }.fetch;
  };
})();
