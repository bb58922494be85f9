// One room: a Durable Object that makes the party's server and hands it each event. Owns the order of
// starting, connecting and ending; what a connection is, and which there are, is in other modules.

import { AwakeConnections } from "./awake.js";
import { answerClose, awakeConnection, idOf, revived, sleepingConnection } from "./connection.js";
import { plain, roomFailure, shortened, textOf } from "./errors.js";
import { RoomParts, makeRoom } from "./room_object.js";
import { hibernates, makeServer } from "./server.js";
import { SleepingConnections } from "./sleeping.js";
import { STARTS, learnHost, starts } from "./stub.js";

/**
 * @typedef {import("./types").Connection} Connection
 * @typedef {import("./types").Connections} Connections
 * @typedef {import("./types").Environment} Environment
 * @typedef {import("./types").Message} Message
 * @typedef {import("./types").Server} Server
 * @typedef {{ server: Server, connections: Connections, hibernates: boolean }} Started
 */

/** Where a room whose object does not know its name keeps its id. */
const NAME_KEY = "__partyrun_id";

/**
 * The class of a party's rooms.
 * @param {string} party
 * @param {any} exported What the party's module exports.
 * @param {(request: Request, env: Environment) => Promise<Response>} door
 */
export function roomClass(party, exported, door) {
  return class Room {
    #state;
    #env;
    #parts = new RoomParts();
    /** @type {Started | undefined} */
    #started;
    /** @type {Promise<Started> | undefined} */
    #starting;
    /** Names the start that is under way. */
    #start = "";
    /** What there is while `onStart` runs. @type {Started | undefined} */
    #made;
    /** Sockets whose end has been told. @type {WeakSet<WebSocket>} */
    #ended = new WeakSet();

    /**
     * @param {DurableObjectState} state
     * @param {Environment} env
     */
    constructor(state, env) {
      this.#state = state;
      this.#env = env;
    }

    /** @param {Request} request */
    async fetch(request) {
      const waiting = request.headers.get(STARTS);
      if (!waiting) return this.#take(request);
      const plainRequest = new Request(request);
      plainRequest.headers.delete(STARTS);
      return starts.run(waiting, () => this.#take(plainRequest));
    }

    async alarm() {
      const { server } = await this.#ready();
      await server.onAlarm?.();
    }

    /**
     * @param {WebSocket} socket
     * @param {Message} message
     */
    async webSocketMessage(socket, message) {
      const started = this.#started ?? (await this.#ready(new URL(revived(socket).uri)));
      await this.#listeners(started.server).message(message, revived(socket));
    }

    /**
     * @param {WebSocket} socket
     * @param {number} code
     * @param {string} reason
     */
    async webSocketClose(socket, code, reason) {
      /** @type {Promise<void> | undefined} */
      let closed;
      this.#ended.add(socket);
      try {
        const started = this.#started ?? (await this.#ready(new URL(revived(socket).uri)));
        closed = this.#listeners(started.server).close(revived(socket));
      } finally {
        // The other side does not wait for a slow handler.
        answerClose(socket, code, reason);
      }
      await closed;
    }

    /**
     * @param {WebSocket} socket
     * @param {unknown} error
     */
    async webSocketError(socket, error) {
      // The platform may tell of a connection that is gone once more, as of an error.
      if (this.#ended.has(socket)) return;
      const started = this.#started ?? (await this.#ready(new URL(revived(socket).uri)));
      await this.#listeners(started.server).error(revived(socket), error);
    }

    /** @param {Request} request */
    async #take(request) {
      const isUpgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
      try {
        const url = new URL(request.url);
        learnHost(url);
        const started = await this.#ready(url);
        if (isUpgrade) return await this.#connect(request, url, started);
        const { server } = started;
        if (typeof server.onRequest !== "function") return plain("Invalid onRequest handler", 500);
        const response = await server.onRequest(request);
        if (response instanceof Response) return response;
        return plain("Incorrect type for Promise: the Promise did not resolve to 'Response'.", 500);
      } catch (thrown) {
        console.error("onRequest error", thrown);
        return roomFailure(thrown);
      }
    }

    /**
     * The started room; starts it when it is not. Events wait until it has started, but for those that its
     * own start waits for.
     * @param {URL} [url]
     */
    async #ready(url) {
      if (this.#started) return this.#started;
      this.#parts.id ??= await this.#id(url);
      const isOwn = this.#start !== "" && starts.getStore()?.split(" ").includes(this.#start);
      if (isOwn && this.#made) return this.#made;
      this.#starting ??= this.#begin().finally(() => {
        this.#starting = undefined;
        this.#start = "";
        this.#made = undefined;
      });
      return this.#starting;
    }

    async #begin() {
      const parts = this.#parts;
      const inside = (/** @type {Request} */ request) => door(request, this.#env);
      const room = makeRoom(party, parts, this.#state, this.#env, inside);
      const server = makeServer(exported, room);
      const sleeps = hibernates(server);
      const connections = sleeps
        ? new SleepingConnections(this.#state)
        : new AwakeConnections(this.#listeners(server));
      parts.connections = connections;
      const made = { server, connections, hibernates: sleeps };
      this.#made = made;
      this.#start = crypto.randomUUID();
      const waiting = [starts.getStore(), this.#start].filter(Boolean).join(" ");
      await starts.run(waiting, async () => server.onStart?.());
      this.#started = made;
      return made;
    }

    /**
     * The room's id: what a URL calls it, and without one what its object was named.
     * @param {URL} [url]
     */
    async #id(url) {
      const { name } = this.#state.id;
      const path = url?.pathname ?? (name === undefined ? "" : new URL(`/parties/${party}/${name}`, "http://x").pathname);
      const segments = path.split("/");
      const found = segments[1] === "party" ? segments[2] : segments[3];
      if (found) {
        if (name === undefined) await this.#state.storage.put(NAME_KEY, found);
        return found;
      }
      if (url) throw new Error("No room id found in request url");
      const kept = await this.#state.storage.get(NAME_KEY);
      return typeof kept === "string" ? kept : undefined;
    }

    /**
     * @param {Request} request
     * @param {URL} url
     * @param {Started} started
     */
    async #connect(request, url, { server, connections, hibernates: sleeps }) {
      const { 0: client, 1: socket } = new WebSocketPair();
      const make = sleeps ? sleepingConnection : awakeConnection;
      const connection = make(socket, idOf(url), request.url);
      const context = { request };
      try {
        const tags = server.getConnectionTags ? await server.getConnectionTags(connection, context) : [];
        connections.accept(connection, tags);
        await server.onConnect?.(connection, context);
      } catch (thrown) {
        console.error("Error when connecting", thrown);
        connections.drop(connection);
        close(connection, shortened(textOf(thrown) || "Uncaught exception when connecting"));
      }
      return new Response(null, { status: 101, webSocket: client });
    }

    /**
     * What a server hears of its connections; its failures are told and harm no connection.
     * @param {Server} server
     */
    #listeners(server) {
      return {
        message: (/** @type {Message} */ message, /** @type {Connection} */ connection) =>
          told("onMessage", () => server.onMessage?.(message, connection)),
        close: (/** @type {Connection} */ connection) => told("onClose", () => server.onClose?.(connection)),
        error: (/** @type {Connection} */ connection, /** @type {unknown} */ error) =>
          told("onError", () => server.onError?.(connection, error)),
      };
    }
  };
}

/**
 * Runs a handler whose failure is nobody's answer.
 * @param {string} name
 * @param {() => unknown} handler
 */
async function told(name, handler) {
  try {
    await handler();
  } catch (thrown) {
    console.error(`${name} error`, thrown);
  }
}

/**
 * Ends a connection that failed, whether or not it was accepted.
 * @param {WebSocket} socket
 * @param {string} reason
 */
function close(socket, reason) {
  try {
    socket.accept();
  } catch {
    // It was.
  }
  try {
    socket.close(1011, reason);
  } catch {
    // User code has closed it.
  }
}
