// The rooms' `fetch`, answered in the test's process. Owns the socket on which requests come, and turns them into
// `Request` and `Response` as handlers know them.
"use strict";

const { PartyrunError } = require("./failure.js");

/** Statuses whose responses have no body. */
const EMPTY = [101, 204, 205, 304];

class Outbound {
  /** What has come so far: `{ party, room, method, url, headers, body }`. */
  requests = [];
  #handler;
  #socket;
  #ended;

  /** From here on, requests come to `handler`. */
  static async open(control, handler) {
    if (typeof handler !== "function") throw new TypeError("`outbound` takes a function, of a `Request`");
    const outbound = new Outbound();
    outbound.#handler = handler;
    let onClose;
    outbound.#ended = new Promise((resolve) => {
      onClose = () => resolve();
    });
    const onMessage = (message) => outbound.#answer(JSON.parse(message));
    outbound.#socket = await control.socket("/outbound", { onMessage, onClose });
    outbound.#socket.unref();
    return outbound;
  }

  /** Requests go again where they went before, once this has returned. */
  stop() {
    this.#socket.close(1000);
    return this.#ended;
  }

  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    return this.stop();
  }

  async #answer(asked) {
    const body = asked.text ?? (asked.body == null ? undefined : Buffer.from(asked.body, "base64"));
    const { id, party, room, method, url, headers } = asked;
    this.requests.push({ party, room, method, url, headers: new Headers(headers), body: body?.toString() });
    let answer;
    try {
      const isPlain = method === "GET" || method === "HEAD";
      const request = new Request(url, { method, headers, body: isPlain ? undefined : body });
      answer = await described(await this.#handler(request, { party, room }));
    } catch (error) {
      answer = { error: `The test's outbound handler has failed: ${error?.message ?? error}` };
    }
    try {
      this.#socket.send(JSON.stringify({ id, ...answer }));
    } catch {
      // Whoever asked has ended with the space.
    }
  }
}

async function described(response) {
  if (response === undefined || response === null) return { pass: true };
  if (Object.prototype.toString.call(response) !== "[object Response]") {
    throw new PartyrunError(
      "outbound",
      "it returned no `Response`: return `undefined` to leave a request to the network",
    );
  }
  const { status } = response;
  const body = EMPTY.includes(status) ? null : Buffer.from(await response.arrayBuffer()).toString("base64");
  return { status, headers: [...response.headers], body };
}

module.exports = { Outbound };
