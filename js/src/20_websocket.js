// Runs while the snapshot is made. The WebSocket of the server's side: ends that reach a client or
// another room through Rust, and the ends of a WebSocketPair inside this isolate
// (specification, sections 2.6 and 5).
import { core, primordials } from "ext:core/mod.js";
import { ops } from "ext:partyrun/06_ops.js";
import { report } from "ext:partyrun/12_console.js";
import {
  deliverClose,
  deliverError,
  dispatch,
  kDetails,
  kHandlers,
  kLate,
  kListening,
  received,
} from "ext:partyrun/19_websocket_events.js";
import {
  attachmentBytes,
  closeCode,
  copyBuffer,
  isBinary,
  shown,
  subprotocols,
  toText,
  websocketUrl,
} from "ext:partyrun/19_websocket_values.js";

const {
  ArrayPrototypeFilter,
  ArrayPrototypeForEach,
  ArrayPrototypePush,
  Error,
  SafeArrayIterator,
  SafeMap,
  TypeError,
  queueMicrotask,
} = primordials;

const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");
const { DOMException } = core.loadExtScript("ext:deno_web/01_dom_exception.js");
const { Event, EventTarget } = core.loadExtScript("ext:deno_web/02_event.js");

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

// Who sent this end's Close frame, if any: only user code that called close() must not send any more.
const BY_US = 1;
const BY_USER = 2;

// What a close event says of a Close frame without a code (RFC 6455, section 7.1.5).
const NO_CODE = 1005;

const kMake = Symbol("make");
// The socket's number in Rust, or -1 while it is one end of a pair inside the isolate.
const kSocket = Symbol("socket");
const kState = Symbol("readyState");
const kUrl = Symbol("url");
const kPeer = Symbol("peer");
// Close frames of this end and of the other.
const kSentClose = Symbol("sent close");
const kGotClose = Symbol("got close");
// What arrived before accept(): [{ deliver, data }] or [{ deliver, close: [code, reason] }].
const kQueue = Symbol("queue");
const kAccepted = Symbol("accepted");
const kAttachment = Symbol("attachment");

// Every live socket of this isolate that Rust can name.
const sockets = new SafeMap();

export class WebSocket extends EventTarget {
  [kSocket] = -1;
  [kState] = OPEN;
  [kUrl] = null;
  [kPeer] = null;
  /** @type {false | number} */
  [kSentClose] = false;
  [kGotClose] = false;
  [kQueue] = null;
  [kAccepted] = false;
  [kHandlers] = null;
  [kListening] = null;
  [kLate] = null;
  [kAttachment] = null;
  [kDetails] = null;

  constructor(url, protocols = []) {
    super();
    if (url === kMake) return;
    this[kUrl] = websocketUrl(url);
    this[kState] = CONNECTING;
    this[kAccepted] = true;
    const offered = subprotocols(protocols);
    this[kSocket] = ops.op_pr_ws_connect(this[kUrl], offered);
    sockets.set(this[kSocket], this);
  }

  get readyState() {
    return this[kState];
  }

  get url() {
    return this[kUrl];
  }

  get protocol() {
    return this[kDetails]?.protocol ?? "";
  }

  get binaryType() {
    return this[kDetails]?.binaryType ?? "arraybuffer";
  }

  set binaryType(value) {
    if (value === "blob" || value === "arraybuffer") {
      (this[kDetails] ??= { __proto__: null }).binaryType = value;
    }
  }

  // What is sent leaves with the turn, or the connection is cut.
  get bufferedAmount() {
    return 0;
  }

  get extensions() {
    return "";
  }

  accept() {
    if (this[kAccepted]) return;
    this[kAccepted] = true;
    if (this[kSocket] >= 0) ops.op_pr_ws_accept(this[kSocket]);
    const queued = this[kQueue];
    this[kQueue] = null;
    if (queued !== null) queueMicrotask(() => ArrayPrototypeForEach(queued, (event) => event.deliver()));
  }

  send(data) {
    if (arguments.length === 0) {
      throw new TypeError(
        "Failed to execute 'send' on 'WebSocket': parameter 1 is not of type 'ArrayBuffer or ArrayBufferView or string'.",
      );
    }
    if (this[kState] === CONNECTING) {
      throw new DOMException("WebSocket is still in CONNECTING state.", "InvalidStateError");
    }
    if (this[kSentClose] === BY_USER) {
      throw new TypeError("Can't call WebSocket send() after close().");
    }
    // The other end is gone: not known to user code that keeps its connections in lists of its own.
    if (this[kSentClose] || this[kState] === CLOSED) return;
    if (!this[kAccepted]) {
      throw new TypeError(
        "You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.",
      );
    }
    const binary = isBinary(data);
    if (this[kSocket] < 0) {
      sendToPeer(this, binary ? copyBuffer(data) : toText(data));
    } else if (binary) {
      ops.op_pr_ws_send_binary(this[kSocket], data);
    } else {
      ops.op_pr_ws_send_text(this[kSocket], toText(data));
    }
  }

  close(code = undefined, reason = undefined) {
    // Nothing is looked at then, the arguments included.
    if (this[kSentClose]) return;
    code = closeCode(code, reason);
    if (this[kState] === CLOSED) return;
    this[kSentClose] = BY_USER;
    this[kState] = this[kGotClose] ? CLOSED : CLOSING;
    reason = reason === undefined ? "" : toText(reason);
    if (this[kSocket] >= 0) {
      ops.op_pr_ws_close(this[kSocket], code ?? 0, reason);
    } else {
      closePeer(this, code, reason);
    }
  }

  addEventListener(type, listener, options) {
    if (this[kLate] !== null) return void ArrayPrototypePush(this[kLate], [type, listener, options]);
    type = `${type}`;
    this[kListening] ??= new SafeMap();
    if (!this[kListening].has(type)) this[kListening].set(type, listener);
    super.addEventListener(type, listener, options);
  }

  removeEventListener(type, listener, options) {
    const stays = (late) => late[0] !== type || late[1] !== listener;
    if (this[kLate] !== null) this[kLate] = ArrayPrototypeFilter(this[kLate], stays);
    super.removeEventListener(type, listener, options);
  }

  serializeAttachment(value) {
    if (arguments.length === 0) {
      throw new TypeError(
        "Failed to execute 'serializeAttachment' on 'WebSocket': parameter 1 is not of type 'JsValue'.",
      );
    }
    this[kAttachment] = attachmentBytes(value);
  }

  deserializeAttachment() {
    return this[kAttachment] === null ? null : core.deserialize(this[kAttachment]);
  }
}

const unlisted = (value) => ({ value, writable: true, enumerable: false, configurable: true });
for (const name of ["open", "message", "close", "error"]) {
  Object.defineProperty(WebSocket.prototype, `on${name}`, {
    get() {
      return this[kHandlers]?.[name] ?? null;
    },
    set(handler) {
      (this[kHandlers] ??= { __proto__: null })[name] = typeof handler === "function" ? handler : null;
    },
    enumerable: true,
    configurable: true,
  });
}
for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
  for (const target of [WebSocket, WebSocket.prototype]) {
    Object.defineProperty(target, name, { value, enumerable: true });
    Object.defineProperty(target, `READY_STATE_${name}`, { value, enumerable: true });
  }
}
webidl.configureInterface(WebSocket);
Object.defineProperty(WebSocket.prototype, Symbol.for("Deno.privateCustomInspect"), { value: shown });
Object.defineProperty(WebSocket, "length", { value: 1, configurable: true });
for (const name of ["addEventListener", "removeEventListener"]) {
  Object.defineProperty(WebSocket.prototype, name, unlisted(WebSocket.prototype[name]));
}

// ---- the end ----

// The other end closed: CLOSING until this end has answered. Without an answer of user code by the
// end of the event, the same code goes back (RFC 6455, section 5.5.1).
function peerClosed(socket, code, reason) {
  socket[kGotClose] = true;
  const answered = socket[kSentClose];
  socket[kState] = answered ? CLOSED : CLOSING;
  deliverClose(socket, code, reason, true);
  if (!answered && !socket[kSentClose]) {
    if (code === NO_CODE) socket.close();
    else closeAs(socket, code, reason);
  }
  socket[kState] = CLOSED;
}

// Closes with a code of the peer's, which need not be one that user code may choose.
export function closeAs(socket, code, reason) {
  if (socket[kSentClose]) return;
  socket[kSentClose] = BY_US;
  if (socket[kSocket] >= 0) ops.op_pr_ws_close(socket[kSocket], code === NO_CODE ? 0 : code, reason);
  else closePeer(socket, code === NO_CODE ? undefined : code, reason);
}

// ---- a pair inside the isolate ----

function enqueue(socket, event) {
  if (socket[kAccepted]) queueMicrotask(event.deliver);
  else ArrayPrototypePush(socket[kQueue] ??= [], event);
}

function sendToPeer(socket, data) {
  const peer = socket[kPeer];
  if (peer === null) throw new TypeError("This WebSocket is not connected.");
  enqueue(peer, { __proto__: null, deliver: () => received(peer, data), data });
}

function closePeer(socket, code, reason) {
  const peer = socket[kPeer];
  if (peer === null) return;
  enqueue(peer, {
    __proto__: null,
    deliver: () => peerClosed(peer, code ?? NO_CODE, reason),
    close: [code ?? 0, reason],
  });
}

export class WebSocketPair {
  constructor() {
    const client = new WebSocket(kMake);
    const server = new WebSocket(kMake);
    client[kPeer] = server;
    server[kPeer] = client;
    this[0] = client;
    this[1] = server;
  }
}

// ---- sockets that Rust drives ----

// A socket with a number in Rust.
export function makeSocket(id, accepted) {
  const socket = new WebSocket(kMake);
  socket[kSocket] = id;
  socket[kAccepted] = accepted;
  sockets.set(id, socket);
  return socket;
}

export function socketId(socket) {
  return socket[kSocket];
}

// A `webSocket` that user code answers an upgrade with goes to the client. Returns the number of the
// end that Rust shall connect: the far end of the pair, or the socket of another room, passed on.
export function passOn(webSocket) {
  if (!(webSocket instanceof WebSocket)) {
    throw new TypeError("The webSocket of a 101 response must be a WebSocket.");
  }
  if (webSocket[kAccepted]) {
    throw new TypeError(
      "Can't return WebSocket in a Response after calling accept().",
    );
  }
  if (webSocket[kSocket] >= 0) {
    sockets.delete(webSocket[kSocket]);
    return webSocket[kSocket];
  }
  const server = webSocket[kPeer];
  if (server === null) throw new TypeError("This WebSocket has been used already.");
  const id = ops.op_pr_ws_open();
  server[kPeer] = null;
  webSocket[kPeer] = null;
  server[kSocket] = id;
  sockets.set(id, server);
  // What the server's end sent before the answer goes out right after it.
  for (const sent of new SafeArrayIterator(webSocket[kQueue] ?? [])) {
    if (sent.close) ops.op_pr_ws_close(id, sent.close[0], sent.close[1]);
    else if (typeof sent.data === "string") ops.op_pr_ws_send_text(id, sent.data);
    else ops.op_pr_ws_send_binary(id, sent.data);
  }
  return id;
}

// Events from Rust for sockets that are no room connections.
function arrive(id, deliver) {
  const socket = sockets.get(id);
  if (socket === undefined) return;
  if (socket[kAccepted]) deliver(socket);
  else ArrayPrototypePush(socket[kQueue] ??= [], { deliver: () => deliver(socket) });
}

export function onOpen(id, protocol) {
  arrive(id, (socket) => {
    if (socket[kState] !== CONNECTING) return;
    if (protocol !== "") (socket[kDetails] ??= { __proto__: null }).protocol = protocol;
    socket[kState] = OPEN;
    dispatch(socket, "open", () => new Event("open"));
  });
}

export function onMessage(id, data) {
  arrive(id, (socket) => received(socket, data));
}

export function onClose(id, code, reason, wasClean) {
  arrive(id, (socket) => {
    if (wasClean) peerClosed(socket, code, reason);
    else {
      deliverClose(socket, code, reason, false);
      socket[kState] = CLOSED;
    }
    sockets.delete(id);
  });
}

export function onError(id, message) {
  arrive(id, (socket) => {
    const connecting = socket[kState] === CONNECTING;
    socket[kState] = CLOSED;
    sockets.delete(id);
    const error = new Error(message);
    // As browsers do: a connection that cannot be opened is not easily overlooked.
    if (connecting) report("WebSocket error", error);
    deliverError(socket, error);
    // Code that connects again waits for this one (WHATWG WebSockets, section 3.4).
    deliverClose(socket, 1006, connecting ? "Failed to establish websocket connection" : "", false);
  });
}

export {
  CLOSED,
  CLOSING,
  kAttachment,
  kGotClose,
  kMake,
  kSentClose,
  kSocket,
  kState,
  NO_CODE,
  OPEN,
  sockets,
};
