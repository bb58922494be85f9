// What stands in front of the rooms: which URL is whose, and the static handlers. Owns their order; never
// touches a room's connections.

import { fileFor, notFoundPage } from "./assets.js";
import { plain, refusal, workerFailure } from "./errors.js";
import { settings } from "./settings.js";
import { takesRequests } from "./server.js";
import { learnHost, partiesOf, roomOf } from "./stub.js";
import { surroundingsOf } from "./surroundings.js";

/**
 * @typedef {import("./types").Environment} Environment
 * @typedef {Pick<ExecutionContext, "waitUntil" | "passThroughOnException">} Context
 * @typedef {Record<string, any>} Exports What the module of each party exports by default.
 */

/**
 * The party and room that a path names; both as they stand in it.
 * @param {string} path
 */
export function addressOf(path) {
  const segments = path.split("/");
  if (segments[1] === "party" && segments[2]) return { party: "main", room: segments[2] };
  if (segments[1] === "parties" && segments[3]) return { party: segments[2], room: segments[3] };
  return null;
}

/** The front of a project. */
export class Front {
  #exports;

  /** @param {Exports} exports */
  constructor(exports) {
    this.#exports = exports;
  }

  /**
   * @param {Request} request
   * @param {Environment} env
   * @param {Context} context
   * @returns {Promise<Response>}
   */
  async fetch(request, env, context) {
    try {
      const url = new URL(request.url);
      learnHost(url);
      // Paths with dots in them are resolved before anything looks at them.
      const resolved = url.href === request.url ? request : new Request(url, request);
      const address = addressOf(url.pathname);
      const response = address
        ? await this.#toRoom(resolved, address, env, context)
        : await this.#elsewhere(resolved, env, context);
      return checked(response, resolved);
    } catch (thrown) {
      console.warn("fetch error", thrown);
      return workerFailure(thrown);
    }
  }

  /**
   * A request of a room for the front door of another one: nothing waits for it.
   * @param {Request} request
   * @param {Environment} env
   */
  enter(request, env) {
    const context = { waitUntil() {}, passThroughOnException() {} };
    return this.fetch(request, env, context);
  }

  /**
   * @param {ScheduledController} controller
   * @param {Environment} env
   * @param {Context} context
   */
  async scheduled(controller, env, context) {
    const { main } = this.#exports;
    if (typeof main.onCron !== "function") return;
    const due = Object.entries(settings.crons).filter(([, expression]) => expression === controller.cron);
    const names = due.length > 0 ? due.map(([name]) => name) : ["unknown"];
    const lobby = this.#fetchLobby(env, context);
    const calls = names.map(async (name) => {
      const { scheduledTime, cron } = controller;
      const noRetry = () => controller.noRetry();
      await main.onCron({ scheduledTime, cron, name, noRetry }, lobby, context);
    });
    const outcomes = await Promise.allSettled(calls);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) throw failed.reason;
  }

  /**
   * @param {Request} request
   * @param {{ party: string, room: string }} address
   * @param {Environment} env
   * @param {Context} context
   */
  async #toRoom(request, { party, room }, env, context) {
    if (party === "") throw new Error("No party found in request url");
    if (!Object.hasOwn(settings.parties, party)) return plain(`Party ${party} not found`, 404);
    const exported = this.#exports[party];
    const isUpgrade = asksForSocket(request);
    const handler = isUpgrade ? "onBeforeConnect" : "onBeforeRequest";
    /** @type {unknown} */
    let next = request;
    if (handler in exported) {
      if (typeof exported[handler] !== "function") throw new Error(`.${handler} must be a function`);
      try {
        const lobby = { id: room, ...this.#lobby(env, context, isUpgrade) };
        next = await exported[handler](new Request(request), lobby, context);
      } catch (thrown) {
        console.error(`${handler} error`, thrown);
        return refusal(thrown);
      }
      if (next instanceof Response) return next;
      if (isUpgrade && !(next instanceof Request)) next = request;
    }
    if (!isUpgrade && !takesRequests(exported)) throw new Error("No onRequest handler");
    return roomOf(env[settings.parties[party]], room).fetch(/** @type {Request} */ (next));
  }

  /**
   * @param {Request} request
   * @param {Environment} env
   * @param {Context} context
   */
  async #elsewhere(request, env, context) {
    const { main } = this.#exports;
    if (asksForSocket(request) && typeof main.onSocket === "function") {
      return this.#socket(request, env, context);
    }
    const file = await fileFor(request, env);
    if (file) return file;
    const onFetch = main.onFetch ?? main.unstable_onFetch;
    if (typeof onFetch === "function") {
      const response = await onFetch.call(main, request, this.#fetchLobby(env, context), context);
      if (response) return response;
    }
    return (await notFoundPage(env)) ?? plain("Not found", 404);
  }

  /**
   * @param {Request} request
   * @param {Environment} env
   * @param {Context} context
   */
  async #socket(request, env, context) {
    const { 0: client, 1: server } = new WebSocketPair();
    const socket = Object.assign(server, { request });
    socket.accept();
    await this.#exports.main.onSocket(socket, this.#fetchLobby(env, context), context);
    return new Response(null, { status: 101, webSocket: client });
  }

  /**
   * What the handlers in front of a room are given. The order of the members is that of the original, which
   * has two.
   * @param {Environment} env
   * @param {Context} context
   * @param {boolean} isUpgrade
   */
  #lobby(env, context, isUpgrade) {
    const { ai, assets, vectorize, analytics, bindings, env: variables } = surroundingsOf(env);
    const parties = this.#parties(env, context);
    const middle = isUpgrade ? { assets, parties } : { parties, assets };
    return { env: variables, ai, ...middle, vectorize, analytics, bindings };
  }

  /**
   * @param {Environment} env
   * @param {Context} context
   */
  #fetchLobby(env, context) {
    const { ai, assets, vectorize, analytics, bindings, env: variables } = surroundingsOf(env);
    return { env: variables, ai, parties: this.#parties(env, context), vectorize, analytics, assets, bindings };
  }

  /**
   * @param {Environment} env
   * @param {Context} context
   */
  #parties(env, context) {
    return partiesOf(env, (request) => this.fetch(request, env, context));
  }
}

/**
 * Refuses, with a reason, what the platform would refuse without one.
 * @param {unknown} response
 * @param {Request} request
 */
function checked(response, request) {
  if (!(response instanceof Response)) {
    throw new TypeError("Incorrect type for Promise: the Promise did not resolve to 'Response'.");
  }
  if (response.webSocket && !asksForSocket(request)) {
    throw new TypeError(
      'Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".',
    );
  }
  return response;
}

/** @param {Request} request */
function asksForSocket(request) {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}
