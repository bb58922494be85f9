// A client's connection to a room, as a test sees it: messages that can be waited for, and the end. Owns the queue of
// messages that nobody has read; the wire is `socket`'s.
"use strict";

const { PartyrunError } = require("./failure.js");
const { clearTimeout, setTimeout } = require("./real.js");
const { openSocket } = require("./socket.js");

/** Long, because only a test that fails waits so long. */
const PATIENCE = 5_000;

class Connection {
  id;
  #closed;
  #url;
  #place;
  #socket;
  #messages = [];
  #waiting = [];
  #end;
  #settle;
  #received = 0;
  #last;

  constructor(url, { id, party, room }) {
    this.#url = url;
    this.id = id;
    this.#place = { party, room };
    this.#closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Connects; for rooms' handles. */
  static async open(url, options) {
    const connection = new Connection(url, options);
    connection.#socket = await openSocket(url, {
      ...options,
      onMessage: (message) => connection.#take(message),
      onClose: (end) => connection.#ended(end),
    });
    // A test that has failed and left its connections open must not keep its process from ending.
    connection.#socket.unref();
    return connection;
  }

  /** Settles with `{ code, reason, clean }` when the connection has ended; never rejects. */
  get closed() {
    this.#socket.ref();
    return this.#closed;
  }

  get url() {
    return this.#url;
  }

  get protocol() {
    return this.#socket.protocol;
  }

  get isOpen() {
    return this.#end === undefined;
  }

  /** What was sent, as the server is told to wait for it. */
  get traffic() {
    return { ...this.#place, id: this.id, messages: this.#socket.sent };
  }

  send(message) {
    this.#socket.send(message);
  }

  /** The next message that was not read, a string or a `Uint8Array`. */
  nextMessage({ timeout = PATIENCE } = {}) {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift());
    if (this.#end !== undefined) return Promise.reject(this.#noMore());
    // Made here, so that its stack leads to the test.
    const late = new PartyrunError("timeout", this.#lateText(timeout));
    return new Promise((resolve, reject) => {
      const waiter = {
        message: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
        ended: () => {
          clearTimeout(timer);
          reject(this.#noMore());
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        late.message = this.#lateText(timeout);
        reject(late);
      }, timeout);
      this.#waiting.push(waiter);
    });
  }

  /** The next message, parsed as JSON. */
  async nextJson(options) {
    const message = await this.nextMessage(options);
    try {
      return JSON.parse(message);
    } catch (cause) {
      throw new PartyrunError("json", `The message is no JSON: ${shown(message)}`, { cause });
    }
  }

  /** All messages that have come and were not read. After `settle()`, all that there are. */
  take() {
    return this.#messages.splice(0);
  }

  /** Messages until the connection ends. */
  async *[Symbol.asyncIterator]() {
    for (;;) {
      if (this.#messages.length > 0) {
        yield this.#messages.shift();
        continue;
      }
      if (this.#end !== undefined) return;
      this.#socket.ref();
      const message = await new Promise((resolve) => {
        this.#waiting.push({ message: (value) => resolve({ value }), ended: () => resolve(undefined) });
      });
      if (message === undefined) return;
      yield message.value;
    }
  }

  /** Closes, and waits for the end. */
  close(code, reason) {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new PartyrunError("code", `Clients close with 1000 or 3000 to 4999, not with ${code}`);
    }
    this.#socket.close(code, reason);
    return this.closed;
  }

  /** Ends the TCP connection without a Close frame, as a lost network does. */
  cut() {
    this.#socket.cut();
    return this.closed;
  }

  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    return this.isOpen ? this.close() : this.closed;
  }

  #take(message) {
    this.#received += 1;
    this.#last = message;
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#messages.push(message);
    else waiter.message(message);
  }

  #ended(end) {
    this.#end = end;
    for (const waiter of this.#waiting.splice(0)) waiter.ended();
    this.#settle(end);
  }

  #noMore() {
    const { code, reason } = this.#end;
    return new PartyrunError(
      "closed",
      `No message will come: the connection was closed with ${code}${reason && ` (${reason})`}`,
    );
  }

  #lateText(timeout) {
    const before = this.#received === 0
      ? "none has come before"
      : `${this.#received} came before, the last one: ${shown(this.#last)}`;
    return `No message within ${timeout} ms from ${new URL(this.#url).pathname}; ${before}`;
  }
}

function shown(message) {
  if (typeof message !== "string") return `${message.length} bytes`;
  return message.length > 200 ? `${message.slice(0, 200)}...` : message;
}

module.exports = { Connection };
