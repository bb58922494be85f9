// `room`: what the server of a room is given. Owns its members and their order; what they do is in the
// modules that they lead to.

import { surroundingsOf } from "./surroundings.js";
import { partiesOf } from "./stub.js";

/**
 * @typedef {import("./types").Connections} Connections
 * @typedef {import("./types").Environment} Environment
 * @typedef {import("./types").Room} Room
 */

const OPEN = 1;

/** What a room's object is made of. */
export class RoomParts {
  /** @type {string | undefined} */
  id;
  /** There are none until the server is made. @type {Connections | undefined} */
  connections;
}

/**
 * @param {string} party
 * @param {RoomParts} parts
 * @param {DurableObjectState} state
 * @param {Environment} env
 * @param {(request: Request) => Promise<Response>} door
 * @returns {Room}
 */
export function makeRoom(party, parts, state, env, door) {
  const around = surroundingsOf(env);
  const parties = partiesOf(env, door);
  const room = {
    get id() {
      if (parts.id) return parts.id;
      throw new Error("Party.id is not yet initialized. This is probably a bug in PartyKit.");
    },
    internalID: state.id.toString(),
    name: party,
    env: around.env,
    storage: state.storage,
    /** @param {() => Promise<unknown>} callback */
    blockConcurrencyWhile: (callback) => state.blockConcurrencyWhile(callback),
    /**
     * @param {string | ArrayBuffer | ArrayBufferView} message
     * @param {string[]} without
     */
    broadcast(message, without = []) {
      for (const connection of parts.connections?.all() ?? []) {
        if (connection.readyState !== OPEN || without.includes(connection.id)) continue;
        try {
          connection.send(message);
        } catch {
          // It closed in the meantime; the others are to hear it.
        }
      }
    },
    context: {
      get parties() {
        return parties;
      },
      vectorize: around.vectorize,
      ai: around.ai,
      assets: around.assets,
      bindings: around.bindings,
    },
    /** @param {string} id */
    getConnection(id) {
      if (parts.connections) return parts.connections.get(id);
      console.warn(".getConnection was invoked before first connection. This will always return undefined.");
      return undefined;
    },
    /** @param {string} [tag] */
    getConnections(tag) {
      if (parts.connections) return parts.connections.all(tag);
      console.warn(
        "Party.getConnections was invoked before first connection. This will always return an empty list.",
      );
      return [].values();
    },
    analytics: around.analytics,
    get connections() {
      console.warn(
        "Party.connections is deprecated and will be removed in a future version of PartyKit. Use Party.getConnections() instead.",
      );
      return parts.connections?.map() ?? new Map();
    },
    get parties() {
      console.warn(
        "Party.parties is deprecated and will be removed in a future version of PartyKit. Use Party.context.parties instead.",
      );
      return this.context.parties;
    },
  };
  return room;
}
