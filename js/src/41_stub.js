// Runs while the snapshot is made. `parties.<name>.get(id)`: calls to other rooms, in-process and
// past the static handlers (specification, section 2.8).
import { primordials } from "ext:core/mod.js";
import {
  AbortSignalPrototype,
  AbortSignalPrototypeGetReason,
  EventTargetPrototypeAddEventListener,
  EventTargetPrototypeRemoveEventListener,
  Headers,
  HeadersPrototypeDelete,
  HeadersPrototypeGet,
  RequestPrototypeGetHeaders,
  RequestPrototypeGetMethod,
  RequestPrototypeGetRedirect,
  RequestPrototypeGetUrl,
  ResponsePrototypeGetHeaders,
  ResponsePrototypeGetStatus,
  URL,
  URLPrototypeGetHost,
} from "ext:partyrun/04_platform.js";
import { locate, Request, sendToRoom } from "ext:partyrun/10_http.js";
import { makeSocket, WebSocket } from "ext:partyrun/20_websocket.js";

const {
  ArrayPrototypePush,
  Error,
  ObjectPrototypeIsPrototypeOf,
  Promise,
  PromisePrototypeThen,
  PromiseReject,
  SafeArrayIterator,
  SafeRegExp,
  StringPrototypeReplace,
  StringPrototypeSplit,
  StringPrototypeStartsWith,
  TypeError,
  encodeURIComponent,
} = primordials;

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
  host = URLPrototypeGetHost(new URL(url));
}

function checkPath(path) {
  if (!StringPrototypeStartsWith(path, "/")) throw new Error("Path must start with /");
}

const MAX_REDIRECTS = 20;
const openSocket = (socket) => makeSocket(socket, false);

// Where a response sends its reader, when the request follows redirects.
function redirection(request, response) {
  const status = ResponsePrototypeGetStatus(response);
  if (RequestPrototypeGetRedirect(request) !== "follow" || status < 301 || status > 308) return null;
  const location = HeadersPrototypeGet(ResponsePrototypeGetHeaders(response), "location");
  return location === null ? null : new URL(location, RequestPrototypeGetUrl(request));
}

// The request after a redirect (fetch standard, HTTP-redirect fetch): it stays in its room. `init` is
// what the first one was made of, with its body.
function redirected(request, init, response, url) {
  const method = RequestPrototypeGetMethod(request);
  const status = ResponsePrototypeGetStatus(response);
  const getsInstead = status === 303
    ? method !== "GET" && method !== "HEAD"
    : status < 303 && method === "POST";
  if (!getsInstead) return new Request(url, init);
  const headers = new Headers(RequestPrototypeGetHeaders(request));
  HeadersPrototypeDelete(headers, "content-type");
  HeadersPrototypeDelete(headers, "content-length");
  return new Request(url, { __proto__: null, headers });
}

async function exchange(party, id, first, init) {
  let request = first;
  const urls = [];
  for (;;) {
    ArrayPrototypePush(urls, StringPrototypeSplit(RequestPrototypeGetUrl(request), "#", 1)[0]);
    const response = await sendToRoom(party, id, request, openSocket);
    const url = redirection(request, response);
    if (url === null) return locate(response, urls);
    if (urls.length > MAX_REDIRECTS) throw new TypeError("Too many redirects.");
    request = redirected(request, init, response, url);
  }
}

// Settles as `answer` does, or rejects when the caller gives up.
function orAborted(answer, signal) {
  if (!ObjectPrototypeIsPrototypeOf(AbortSignalPrototype, signal)) return answer;
  return new Promise((resolve, reject) => {
    const abort = () => reject(AbortSignalPrototypeGetReason(signal));
    EventTargetPrototypeAddEventListener(signal, "abort", abort, { __proto__: null, once: true });
    const stop = () => EventTargetPrototypeRemoveEventListener(signal, "abort", abort);
    PromisePrototypeThen(answer, resolve, reject);
    PromisePrototypeThen(answer, stop, stop);
  });
}

// A URL has none of these, and its parser drops them.
const UNWRITTEN = new SafeRegExp(/[\t\n\r]| +$/g);

function createStub(party, id) {
  const written = StringPrototypeReplace(id, UNWRITTEN, encodeURIComponent);
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
      if (signal?.aborted) return PromiseReject(signal.reason);
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
      const headers = { __proto__: null, upgrade: "websocket", ...init?.headers };
      const upgrade = { __proto__: null, ...init, headers };
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
  for (const name of new SafeArrayIterator(names)) parties[name] = { get: (id) => createStub(name, `${id}`) };
  return parties;
}
