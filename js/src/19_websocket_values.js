// Runs while the snapshot is made. What user code may hand to a WebSocket: URLs, subprotocols, and
// the two kinds of messages (WHATWG WebSockets, section 3). Holds no state.
import { core, primordials } from "ext:core/mod.js";

const {
  ArrayBufferIsView,
  ArrayBufferPrototypeSlice,
  ArrayPrototypeEvery,
  ArrayPrototypeMap,
  Error,
  MathTrunc,
  Number,
  NumberIsNaN,
  ObjectAssign,
  ObjectKeys,
  RegExpPrototypeExec,
  SafeArrayIterator,
  SafeSet,
  String,
  StringPrototypeToLowerCase,
  TypeError,
} = primordials;

const { DOMException } = core.loadExtScript("ext:deno_web/01_dom_exception.js");
const { URL } = core.loadExtScript("ext:deno_web/00_url.js");

export function toText(value) {
  return typeof value === "string" ? value : `${value}`;
}

export function isBinary(value) {
  return typeof value === "object" && value !== null &&
    (ArrayBufferIsView(value) || core.isAnyArrayBuffer(value));
}

export function copyBuffer(value) {
  if (!ArrayBufferIsView(value)) return ArrayBufferPrototypeSlice(value, 0);
  return ArrayBufferPrototypeSlice(value.buffer, value.byteOffset, value.byteOffset + value.byteLength);
}

function refuse(why) {
  return new DOMException(`WebSocket Constructor: ${why}`, "SyntaxError");
}

// The URL of an outgoing connection (WHATWG WebSockets, section 3.1). http: counts as ws:.
export function websocketUrl(input) {
  let url;
  try {
    url = new URL(input);
  } catch {
    throw refuse("The url is invalid.");
  }
  if (url.protocol === "http:") url.protocol = "ws:";
  else if (url.protocol === "https:") url.protocol = "wss:";
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw refuse("The url scheme must be ws or wss.");
  }
  url.hash = "";
  return url.href;
}

// A token of RFC 9110, section 5.6.2.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function subprotocols(given) {
  // eslint-disable-next-line partyrun/primordials -- whatever user code gives is asked for its own iterator
  const offered = ArrayPrototypeMap(typeof given === "string" ? [given] : [...given], String);
  if (!ArrayPrototypeEvery(offered, (name) => RegExpPrototypeExec(TOKEN, name) !== null)) {
    throw refuse("The protocol header token is invalid.");
  }
  if (
    new SafeSet(ArrayPrototypeMap(offered, (name) => StringPrototypeToLowerCase(name))).size < offered.length
  ) {
    throw refuse("The protocols header cannot have repeating values.");
  }
  return offered;
}

// The code of a Close frame that user code may send (RFC 6455, section 7.4), or none.
export function closeCode(code, reason) {
  if (code === undefined) {
    if (reason === undefined) return undefined;
    throw new TypeError("If you specify a WebSocket close reason, you must also specify a code.");
  }
  const number = MathTrunc(Number(code));
  const valid = (number >= 1000 && number <= 1003) || (number >= 1007 && number <= 1014) ||
    (number >= 3000 && number <= 4999);
  if (!valid) {
    throw new TypeError(`Invalid WebSocket close code: ${NumberIsNaN(number) ? 0 : number}.`);
  }
  return number;
}

// Bytes of an attachment, serialised (section 5.6).
const ATTACHMENT_LIMIT = 2048;

// A structured clone of at most 2048 bytes.
export function attachmentBytes(value) {
  const bytes = core.serialize(value, undefined, (message) => {
    throw new DOMException(message, "DataCloneError");
  });
  if (bytes.byteLength > ATTACHMENT_LIMIT) {
    throw new Error(
      `A WebSocket 'attachment' cannot be larger than ${ATTACHMENT_LIMIT} bytes.` +
        `'attachment' was ${bytes.byteLength} bytes.`,
    );
  }
  return bytes;
}

/** What the console shows of a socket, and of the connection that it is to a room. */
export function shown(inspect, options) {
  /** @type {any} */
  const parts = new (class WebSocket {})();
  for (const key of new SafeArrayIterator(ObjectKeys(this))) {
    if (key !== "socket" && typeof this[key] !== "function") parts[key] = this[key];
  }
  if ("setState" in this) parts.state = this.state;
  const { extensions, protocol, readyState, url } = this;
  return inspect(ObjectAssign(parts, { extensions, protocol, readyState, url }), options);
}
