// A WebSocket of our own over TCP. Owns handshake, messages and the end of a connection; knows nothing of rooms.
//
// The global `WebSocket` is missing before Node.js 22, sends no headers, and cannot cut a connection.
"use strict";

const { randomBytes } = require("node:crypto");
const net = require("node:net");

const { PartyrunError } = require("./failure.js");
const frames = require("./frames.js");
const { clearTimeout, setTimeout } = require("./real.js");

const HEAD_END = "\r\n\r\n";
/** How long a server that was asked to close may take before the connection is cut. */
const CLOSE_PATIENCE = 2_000;

class Socket {
  /** The subprotocol that the server has chosen. */
  protocol = "";
  /** How many messages were sent. */
  sent = 0;
  #stream;
  #reader = new frames.FrameReader();
  #parts = [];
  #kind = frames.TEXT;
  #end = undefined;
  #isClosing = false;
  #onMessage;
  #onClose;

  constructor(stream, { onMessage, onClose }) {
    this.#stream = stream;
    this.#onMessage = onMessage;
    this.#onClose = onClose;
  }

  start(protocol, rest) {
    this.protocol = protocol;
    this.#stream.on("data", (bytes) => this.#read(bytes));
    this.#stream.on("error", () => {});
    this.#stream.on("close", () => this.#ended());
    if (rest.length > 0) this.#read(rest);
  }

  send(data) {
    if (this.#isClosing || this.#end !== undefined || this.#stream.destroyed) {
      throw new PartyrunError("closed", "The connection is closed: nothing can be sent");
    }
    this.sent += 1;
    if (typeof data === "string") this.#stream.write(frames.frame(frames.TEXT, Buffer.from(data)));
    else this.#stream.write(frames.frame(frames.BINARY, bytesOf(data)));
  }

  /** Asks the server to close. */
  close(code, reason) {
    if (this.#isClosing || this.#stream.destroyed) return;
    this.#isClosing = true;
    // Who asks waits for the end.
    this.ref();
    this.#stream.write(frames.frame(frames.CLOSE, frames.closing(code, reason)));
    const timer = setTimeout(() => this.#stream.destroy(), CLOSE_PATIENCE);
    timer.unref?.();
    this.#stream.once("close", () => clearTimeout(timer));
  }

  /** Ends the TCP connection without a word, as a phone in a tunnel does. */
  cut() {
    this.#isClosing = true;
    if (typeof this.#stream.resetAndDestroy === "function") this.#stream.resetAndDestroy();
    else this.#stream.destroy();
  }

  /** Somebody waits for what comes. */
  ref() {
    this.#stream.ref?.();
  }

  /** A program that waits for nothing else may end. */
  unref() {
    this.#stream.unref?.();
  }

  #read(bytes) {
    this.#reader.push(bytes);
    for (;;) {
      const frame = this.#reader.next();
      if (frame === undefined) return;
      this.#take(frame);
    }
  }

  #take({ opcode, isLast, payload }) {
    switch (opcode) {
      case frames.PING:
        if (!this.#stream.destroyed) this.#stream.write(frames.frame(frames.PONG, payload));
        return;
      case frames.PONG:
        return;
      case frames.CLOSE:
        this.#closed(payload);
        return;
      case frames.CONTINUATION:
        break;
      default:
        this.#kind = opcode;
    }
    this.#parts.push(payload);
    if (!isLast) return;
    const whole = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [];
    // Copied: what a test keeps must not hold on to what was read with it, and a `Buffer` equals no `Uint8Array`.
    this.#onMessage(this.#kind === frames.TEXT ? whole.toString("utf8") : new Uint8Array(whole));
  }

  #closed(payload) {
    const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    this.#end = { code, reason: payload.subarray(2).toString("utf8"), clean: true };
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#stream.write(frames.frame(frames.CLOSE, payload.subarray(0, 2)));
    }
    this.#stream.end();
  }

  #ended() {
    this.#end ??= { code: 1006, reason: "", clean: false };
    this.#onClose(this.#end);
  }
}

function bytesOf(data) {
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (Object.prototype.toString.call(data) === "[object ArrayBuffer]") return Buffer.from(data);
  throw new TypeError(
    "A message is a string, an `ArrayBuffer` or a view of one: use `JSON.stringify` for objects",
  );
}

/**
 * Connects. `onMessage` and `onClose` are given here because messages may come with the answer.
 *
 * @returns {Promise<Socket>}
 */
function openSocket(address, { protocols = [], headers = {}, timeout = 10_000, onMessage, onClose }) {
  const url = new URL(address);
  if (url.protocol !== "ws:" && url.protocol !== "http:") {
    throw new PartyrunError("url", `Connections of tests are \`ws:\`, not \`${url.protocol}\`: ${address}`);
  }
  return new Promise((resolve, reject) => {
    const stream = net.connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 80) });
    const fail = (code, message, more) => {
      clearTimeout(timer);
      stream.destroy();
      reject(new PartyrunError(code, message, more));
    };
    const timer = setTimeout(
      () => fail("timeout", `No answer to the handshake within ${timeout} ms: ${address}`),
      timeout,
    );
    stream.setNoDelay(true);
    stream.once("connect", () => stream.write(handshake(url, protocols, headers)));
    const onError = (cause) => fail("connect", `The server cannot be reached: ${cause.message}`, { cause });
    const onEnd = () => fail("refused", `The server has ended the handshake: ${address}`);
    stream.once("error", onError);
    stream.once("close", onEnd);
    let seen = Buffer.alloc(0);
    const onData = (bytes) => {
      seen = Buffer.concat([seen, bytes]);
      const at = seen.indexOf(HEAD_END);
      if (at < 0) return;
      const head = parse(seen.subarray(0, at).toString("latin1"));
      const rest = seen.subarray(at + HEAD_END.length);
      if (head.status !== 101) {
        const expected = Number(head.headers.get("content-length") ?? 0);
        if (rest.length < expected) return;
        const text = rest.subarray(0, expected).toString("utf8").trim();
        fail("refused", `The connection was refused with ${head.status}${text && `: ${text}`}`, {
          status: head.status,
          text,
        });
        return;
      }
      clearTimeout(timer);
      stream.off("data", onData);
      stream.off("error", onError);
      stream.off("close", onEnd);
      const socket = new Socket(stream, { onMessage, onClose });
      socket.start(head.headers.get("sec-websocket-protocol") ?? "", rest);
      resolve(socket);
    };
    stream.on("data", onData);
  });
}

function handshake(url, protocols, headers) {
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
  ];
  if (protocols.length > 0) lines.push(`Sec-WebSocket-Protocol: ${protocols.join(", ")}`);
  for (const [name, value] of new Headers(headers)) lines.push(`${name}: ${value}`);
  return `${lines.join("\r\n")}${HEAD_END}`;
}

function parse(text) {
  const [first, ...lines] = text.split("\r\n");
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    // A value that `Headers` refuses is none that is looked at here.
    if (/^[\x20-\x7e\t]*$/.test(line)) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return { status: Number(first.split(" ")[1]), headers };
}

module.exports = { openSocket };
