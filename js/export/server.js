// The two ways to write a party, a class and an object with handlers, made one: a `Server` with the
// handlers of the class API. Never knows of a connection's or a request's insides.

/**
 * @typedef {import("./types").UserClass} UserClass
 * @typedef {import("./types").UserObject} UserObject
 * @typedef {import("./types").Server} Server
 * @typedef {import("./types").Room} Room
 */

/** Handlers of rooms, which must be functions wherever they stand. */
const ROOM_HANDLERS = ["onConnect", "onRequest", "onMessage", "onClose", "onError", "onAlarm"];
/** Handlers that run in front of the rooms. */
const STATIC_HANDLERS = ["unstable_onFetch", "onFetch", "onBeforeConnect", "onBeforeRequest"];

/**
 * @param {unknown} exported
 * @returns {exported is UserClass}
 */
export function isClass(exported) {
  return typeof exported === "function" && typeof exported.prototype === "object";
}

/**
 * Refuses what cannot be a party, when its module is loaded.
 * @param {string} party
 * @param {any} exported
 */
export function check(party, exported) {
  if (exported === undefined || exported === null) {
    throw new Error(`The party \`${party}\` has no default export`);
  }
  for (const name of ROOM_HANDLERS) {
    if (name in exported && typeof exported[name] !== "function") throw notAFunction(name);
  }
  const holder = isClass(exported) ? exported.prototype : exported;
  for (const name of STATIC_HANDLERS) {
    if (!(name in holder)) continue;
    if (isClass(exported)) {
      console.warn(`.${name} is present on the class instance, but it should be defined as a static method`);
    }
    if (typeof holder[name] !== "function") throw notAFunction(name);
  }
}

/** @param {string} name */
function notAFunction(name) {
  return new Error(`.${name} should be a function`);
}

/**
 * Whether requests have a handler.
 * @param {any} exported
 */
export function takesRequests(exported) {
  const holder = isClass(exported) ? exported.prototype : exported;
  return "onRequest" in holder;
}

/**
 * Makes the server of one room.
 * @param {any} exported
 * @param {Room} room
 * @returns {Server}
 */
export function makeServer(exported, room) {
  return isClass(exported) ? new exported(room) : objectServer(exported, room);
}

/**
 * Whether the sockets of this server may outlive its instance.
 * @param {Server} server
 */
export function hibernates(server) {
  return server.options?.hibernate === true;
}

/**
 * The server of an object whose handlers are given the room.
 * @param {UserObject} worker
 * @param {Room} room
 * @returns {Server}
 */
function objectServer(worker, room) {
  return {
    // Listeners that `onConnect` adds would be lost with the instance.
    options: { hibernate: "onMessage" in worker || !("onConnect" in worker) },
    onConnect: (connection, context) => worker.onConnect?.(connection, room, context),
    onMessage: (message, connection) => worker.onMessage?.(message, connection, room),
    onClose: (connection) => worker.onClose?.(connection, room),
    onError: (connection, error) => worker.onError?.(connection, error, room),
    onRequest: "onRequest" in worker ? (request) => worker.onRequest?.(request, room) : undefined,
    onAlarm: () => worker.onAlarm?.(room),
  };
}
