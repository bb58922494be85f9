// The connections of a room that hibernates: the platform keeps the sockets and their tags. Owns the
// rules of tags; keeps nothing itself, because it is gone whenever the room sleeps.

import { revived } from "./connection.js";

/**
 * @typedef {import("./types").Connection} Connection
 * @typedef {import("./types").Connections} Connections
 */

const OPEN = 1;
const MOST_TAGS = 10;
const LONGEST_TAG = 256;

/** @implements {Connections} */
export class SleepingConnections {
  #state;

  /** @param {DurableObjectState} state */
  constructor(state) {
    this.#state = state;
  }

  /**
   * @param {Connection} connection
   * @param {string[]} userTags
   */
  accept(connection, userTags) {
    const { id } = connection;
    const all = [id, ...userTags.filter((tag) => tag !== id)];
    checkTags(all);
    this.#state.acceptWebSocket(connection, all);
  }

  /** @param {Connection} _connection */
  drop(_connection) {
    // It is closed with 1011, and only open ones are listed.
  }

  /** @param {string} id */
  get(id) {
    const own = this.#state.getWebSockets(id).map(revived);
    const named = own.filter((connection) => connection.id === id);
    return named.find((connection) => connection.readyState === OPEN) ?? named[0];
  }

  /** @param {string} [tag] */
  *all(tag) {
    for (const socket of this.#state.getWebSockets(tag || undefined)) {
      if (socket.readyState === OPEN) yield revived(socket);
    }
  }

  map() {
    return new Map([...this.all()].map((connection) => [connection.id, connection]));
  }
}

/** @param {string[]} tags */
function checkTags(tags) {
  if (tags.length > MOST_TAGS) {
    throw new Error("A connection can only have 10 tags, including the default id tag.");
  }
  for (const tag of tags) {
    if (typeof tag !== "string") throw new Error(`A connection tag must be a string. Received: ${tag}`);
    if (tag === "") throw new Error("A connection tag must not be an empty string.");
    if (tag.length > LONGEST_TAG) throw new Error("A connection tag must not exceed 256 characters");
  }
}
