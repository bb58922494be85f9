// The connections of a room that stays in memory while one is open. Owns who is connected, under which
// id and with which tags; never decides what happens on an event.

import { answerClose } from "./connection.js";

/**
 * @typedef {import("./types").Connection} Connection
 * @typedef {import("./types").Connections} Connections
 * @typedef {import("./types").Listeners} Listeners
 */

/** @implements {Connections} */
export class AwakeConnections {
  /** The newest connection of each id. @type {Map<string, Connection>} */
  #byId = new Map();
  /** @type {WeakMap<Connection, string[]>} */
  #tags = new WeakMap();
  #listeners;

  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.#listeners = listeners;
  }

  /**
   * @param {Connection} connection
   * @param {string[]} tags
   */
  accept(connection, tags) {
    const { id } = connection;
    const all = [id, ...tags.filter((tag) => tag !== id)];
    connection.accept();
    this.#byId.set(id, connection);
    this.#tags.set(connection, all);
    const { message, close, error } = this.#listeners;
    connection.addEventListener("message", (event) => void message(event.data, connection));
    let hasEnded = false;
    connection.addEventListener("close", (event) => {
      hasEnded = true;
      this.drop(connection);
      void close(connection);
      answerClose(connection, event.code, event.reason);
    });
    connection.addEventListener("error", (event) => {
      // The platform may tell of a connection that is gone once more, as of an error.
      if (hasEnded) return;
      this.drop(connection);
      void error(connection, event.error ?? new Error(event.message));
    });
  }

  /** @param {Connection} connection */
  drop(connection) {
    // A client that came back has its id already.
    if (this.#byId.get(connection.id) === connection) this.#byId.delete(connection.id);
  }

  /** @param {string} id */
  get(id) {
    return this.#byId.get(id);
  }

  /** @param {string} [tag] */
  *all(tag) {
    for (const connection of this.#byId.values()) {
      if (!tag || this.#tags.get(connection)?.includes(tag)) yield connection;
    }
  }

  map() {
    return this.#byId;
  }
}
