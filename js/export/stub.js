// `parties.<name>.get(id)`: how one room, or a static handler, reaches another room. Goes through the
// platform's namespaces; never through the public host.

import { AsyncLocalStorage } from "node:async_hooks";

import { settings } from "./settings.js";

/**
 * @typedef {import("./types").Environment} Environment
 * @typedef {import("./types").Parties} Parties
 * @typedef {import("./types").Stub} Stub
 * @typedef {(request: Request) => Promise<Response>} Door
 */

/**
 * Names the starts of rooms that wait for a call, so that these rooms take it before they have started.
 * It is only sent by calls that a start makes, and user code never sees it.
 */
export const STARTS = "x-partyrun-starts";

/** The starts that wait for what is running. @type {AsyncLocalStorage<string>} */
export const starts = new AsyncLocalStorage();

let host = "partykit.local";
let isKnown = false;

/**
 * Remembers the host of the first request: URLs of rooms have it.
 * @param {URL} url
 */
export function learnHost(url) {
  if (isKnown) return;
  isKnown = true;
  host = url.host;
  /** @type {Record<string, unknown>} */ (globalThis).PARTYKIT_HOST ??= host;
}

/**
 * All parties of the project.
 * @param {Environment} env
 * @param {Door} door Takes a request as if it had come from outside.
 * @returns {Parties}
 */
export function partiesOf(env, door) {
  const pairs = Object.entries(settings.parties).map(([party, binding]) => {
    const get = (/** @type {unknown} */ id) => stub(party, String(id), env[binding], door);
    return [party, { get }];
  });
  return Object.fromEntries(pairs);
}

/**
 * @param {DurableObjectNamespace} namespace
 * @param {string} room
 */
export function roomOf(namespace, room) {
  return namespace.get(namespace.idFromName(room));
}

/**
 * @param {string} party
 * @param {string} id
 * @param {DurableObjectNamespace} namespace
 * @param {Door} door
 * @returns {Stub}
 */
function stub(party, id, namespace, door) {
  const base = () => `http://${host}/parties/${party}/${id}`;
  const room = () => roomOf(namespace, id);
  return {
    fetch(pathOrInit, init) {
      if (typeof pathOrInit !== "string") return room().fetch(marked(new Request(base(), pathOrInit)));
      return room().fetch(marked(new Request(base() + checked(pathOrInit), init)));
    },
    connect() {
      return connected(new Request(base(), { headers: { upgrade: "websocket" } }), door);
    },
    async socket(pathOrInit, init) {
      const isPath = typeof pathOrInit === "string";
      const given = isPath ? init : pathOrInit;
      const url = isPath ? base() + checked(pathOrInit) : base();
      const headers = /** @type {Record<string, string>} */ ({ upgrade: "websocket", ...given?.headers });
      const response = await room().fetch(marked(new Request(url, { ...given, headers })));
      const socket = response.webSocket;
      if (!socket) throw new Error("Expected a websocket response");
      socket.accept();
      return socket;
    },
  };
}

/** @param {string} path */
function checked(path) {
  if (!path.startsWith("/")) throw new Error("Path must start with /");
  return path;
}

/** @param {Request} request */
function marked(request) {
  const waiting = starts.getStore();
  if (waiting) request.headers.set(STARTS, waiting);
  return request;
}

/**
 * A socket to a room that passes its static handlers. It is given before they have decided.
 * @param {Request} request
 * @param {Door} door
 */
function connected(request, door) {
  const { 0: near, 1: far } = new WebSocketPair();
  near.accept();
  far.accept();
  void join(far, request, door).then(
    () => near.dispatchEvent(new Event("open")),
    () => far.close(1011, "Expected a websocket response"),
  );
  return near;
}

/**
 * @param {WebSocket} far
 * @param {Request} request
 * @param {Door} door
 */
async function join(far, request, door) {
  const { webSocket: socket } = await door(request);
  if (!socket) throw new Error("Expected a websocket response");
  socket.accept();
  pass(socket, far);
  pass(far, socket);
}

/**
 * Hands on what comes from one socket to another, up to its end.
 * @param {WebSocket} from
 * @param {WebSocket} to
 */
function pass(from, to) {
  from.addEventListener("message", ({ data }) => to.send(data));
  from.addEventListener("close", ({ code, reason }) => {
    try {
      if (code === 1005 || code === 1006) to.close();
      else to.close(code, reason);
    } catch {
      // The other side has closed as well.
    }
  });
}
