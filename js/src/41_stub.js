// Runs while the snapshot is made. `parties.<name>.get(id)`: calls to other rooms, in-process and
// past the static handlers (specification, section 2.8).
import { locate, Request, sendToRoom } from "ext:partyrun/10_http.js";
import { makeSocket, WebSocket } from "ext:partyrun/20_websocket.js";

let host = "";
let remembered = false;

// Without a request so far: the address that the server listens on.
export function useHost(listening) {
  host = listening;
}

export function forgetHost() {
  host = "";
  remembered = false;
}

// The host of the first request that this isolate serves is the one in all its stubs' URLs.
export function rememberHost(url) {
  if (remembered || url === undefined) return;
  remembered = true;
  host = new URL(url).host;
}

function checkPath(path) {
  if (!path.startsWith("/")) throw new Error("Path must start with /");
}

const MAX_REDIRECTS = 20;
const openSocket = (socket) => makeSocket(socket, false);

// Where a response sends its reader, when the request follows redirects.
function redirection(request, response) {
  if (request.redirect !== "follow" || response.status < 301 || response.status > 308) return null;
  const location = response.headers.get("location");
  return location === null ? null : new URL(location, request.url);
}

// The request after a redirect (fetch standard, HTTP-redirect fetch): it stays in its room. `init` is
// what the first one was made of, with its body.
function redirected(request, init, response, url) {
  const { method } = request;
  const getsInstead = response.status === 303
    ? method !== "GET" && method !== "HEAD"
    : response.status < 303 && method === "POST";
  if (!getsInstead) return new Request(url, init);
  const headers = new Headers(request.headers);
  for (const name of ["content-type", "content-length"]) headers.delete(name);
  return new Request(url, { headers });
}

async function exchange(party, id, first, init) {
  let request = first;
  const urls = [];
  for (;;) {
    urls.push(request.url.split("#", 1)[0]);
    const response = await sendToRoom(party, id, request, openSocket);
    const url = redirection(request, response);
    if (url === null) return locate(response, urls);
    if (urls.length > MAX_REDIRECTS) throw new TypeError("Too many redirects.");
    request = redirected(request, init, response, url);
  }
}

// Settles as `answer` does, or rejects when the caller gives up.
function orAborted(answer, signal) {
  if (!(signal instanceof AbortSignal)) return answer;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function createStub(party, id) {
  // A URL has none of these, and its parser drops them.
  const written = id.replace(/[\t\n\r]| +$/g, encodeURIComponent);
  const base = () => `http://${host}/parties/${party}/${written}`;
  return {
    fetch(pathOrInit, maybeInit) {
      let path = "";
      let init = pathOrInit;
      if (typeof pathOrInit === "string") {
        if (pathOrInit !== "") checkPath(pathOrInit);
        path = pathOrInit;
        init = maybeInit;
      }
      const request = new Request(base() + path, init ?? undefined);
      const signal = init?.signal;
      if (signal?.aborted) return Promise.reject(signal.reason);
      return orAborted(exchange(party, id, request, init), signal);
    },
    connect() {
      return new WebSocket(`ws://${host}/parties/${party}/${written}`);
    },
    async socket(pathOrInit, maybeInit) {
      let path = "";
      let init = pathOrInit;
      if (typeof pathOrInit === "string") {
        if (pathOrInit !== "") checkPath(pathOrInit);
        path = pathOrInit;
        init = maybeInit;
      }
      const upgrade = { ...init, headers: { upgrade: "websocket", ...init?.headers } };
      const response = await exchange(party, id, new Request(base() + path, upgrade), upgrade);
      const { webSocket } = response;
      if (!webSocket) throw new Error("Expected a websocket response");
      webSocket.accept();
      return webSocket;
    },
  };
}

// `names` has "main" last, as the original lists it.
export function createParties(names) {
  const parties = {};
  for (const name of names) parties[name] = { get: (id) => createStub(name, `${id}`) };
  return parties;
}
