// What a test must not leave behind: connections, errors that nobody expected, handlers that still wait. Owns what was
// expected and what has been told already; knows the server's list, and this process's connections.
"use strict";

const { PartyrunError } = require("./failure.js");
const { setTimeout } = require("./real.js");

/** How long the server may take to see that a connection has ended. */
const PATIENCE = 1_000;
const PAUSE = 10;

class Sanitizer {
  #control;
  #connections = new Map();
  #older = new Set();
  #expected = [];
  #toldErrors = 0;

  constructor(control) {
    this.#control = control;
  }

  /** A connection of this process, and where in the test it was made. */
  add(connection, where) {
    this.#connections.set(connection, where);
  }

  /** The connections that are open. */
  open() {
    return [...this.#connections.keys()].filter(({ isOpen }) => isOpen);
  }

  /** An error that may come, and has to before the next check. */
  expect(pattern) {
    const matches = typeof pattern === "string"
      ? (text) => text.includes(pattern)
      : (text) => pattern.test(text);
    this.#expected.push({ pattern, matches, isSeen: false });
  }

  /** Connections that are open now may stay open after the next check. */
  mark() {
    this.#older = new Set(this.open());
  }

  /** What was open is gone, and what the server has told is forgotten. `errors`: all that it has told, or would have. */
  forget(errors) {
    const lines = [...this.#unexpected(errors), ...this.#missing()];
    this.#close();
    this.#toldErrors = 0;
    return lines;
  }

  /**
   * Closes what was opened since `mark`; returns what is wrong as lines. With `isLast`, nothing may be open at all, and
   * `end`, if it is given, ends the space if nothing is: it gives the server's list, and whether that is `closed`.
   */
  async complaints({ isLast, end }) {
    if (isLast) this.#older.clear();
    const open = this.#close();
    const left = await this.#left(isLast, end);
    return [
      ...open.map(([connection, where]) =>
        `Left open: the connection to ${new URL(connection.url).pathname}${where}`
      ),
      ...left.sockets.map(({ party, room, connection }) =>
        `Left open: \`${connection}\` in ${placeOf({ party, room })}`
      ),
      ...this.#unexpected(left.errors),
      ...this.#missing(),
      ...left.pending.map(({ what, at, ms, ...place }) =>
        `Still pending: ${what} in ${placeOf(place)}, for ${ms} ms${at ? ` at ${at}` : ""}`
      ),
    ];
  }

  /** The server's list, once it has seen the end of what was just closed. */
  async #left(isLast, end = () => this.#control.call("GET", "/leaks")) {
    for (let waited = 0;; waited += PAUSE) {
      const { sockets, errors, pending } = await end();
      // What lasts belongs to the room, not to a handler.
      const handlers = pending.filter(({ lasting }) => !lasting);
      // Others have connections to the space, pages for example: only the end shows whether they were left.
      const open = isLast ? sockets : [];
      if ((open.length === 0 && handlers.length === 0) || waited >= PATIENCE) {
        return { sockets: open, errors, pending: handlers };
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  #close() {
    const left = [...this.#connections].filter(([connection]) =>
      connection.isOpen && !this.#older.has(connection)
    );
    for (const connection of [...this.#connections.keys()]) {
      if (!this.#older.has(connection)) this.#connections.delete(connection);
    }
    for (const [connection] of left) connection.cut();
    return left;
  }

  #unexpected(errors) {
    const fresh = errors.slice(this.#toldErrors);
    this.#toldErrors = errors.length;
    return fresh.filter((error) => !this.#isExpected(error)).map((error) => {
      return `Nobody expected: ${error.context ?? "an error"} in ${placeOf(error)}: ${error.text}`;
    });
  }

  #isExpected({ text, context }) {
    const found = this.#expected.filter(({ matches }) => matches(`${context ?? ""}: ${text}`));
    for (const expectation of found) expectation.isSeen = true;
    return found.length > 0;
  }

  #missing() {
    const missing = this.#expected.filter(({ isSeen }) => !isSeen);
    this.#expected = [];
    return missing.map(({ pattern }) => `Expected, and did not come: an error that matches ${pattern}`);
  }
}

function placeOf({ party, room }) {
  return room == null ? "a static handler" : `${party}/${room}`;
}

/** Throws if there is anything to complain about. */
function complain(lines) {
  if (lines.length === 0) return;
  const list = lines.map((line) => `- ${line}`).join("\n");
  throw new PartyrunError("sanitizer", `The test leaves things in disorder:\n${list}`);
}

module.exports = { Sanitizer, complain };
