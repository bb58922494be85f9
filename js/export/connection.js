// A socket of a room as user code sees it: the platform's WebSocket with members of ours. Owns these
// members, in both kinds of rooms; never which connections a room has.

/** @typedef {import("./types").Connection} Connection */

/** Where a socket that may outlive its instance keeps what is ours and what is the user's. */
const OURS = "__pk";
const USERS = "__user";

/** Sockets of hibernating rooms that have our members already. @type {WeakSet<WebSocket>} */
const dressed = new WeakSet();

/**
 * A connection of a room that stays awake: its state is an ordinary property.
 * @param {WebSocket} socket
 * @param {string} id
 * @param {string} uri
 * @returns {Connection}
 */
export function awakeConnection(socket, id, uri) {
  const connection = /** @type {Connection} */ (socket);
  return Object.assign(connection, {
    id,
    socket,
    uri,
    state: /** @type {unknown} */ (null),
    /** @param {unknown} state */
    setState(state) {
      connection.state = state instanceof Function ? state(connection.state) : state;
      return connection.state;
    },
  });
}

/**
 * A connection of a room that hibernates, which is new.
 * @param {WebSocket} socket
 * @param {string} id
 * @param {string} uri
 */
export function sleepingConnection(socket, id, uri) {
  socket.serializeAttachment({ [OURS]: { id, uri }, [USERS]: null });
  return revived(socket);
}

/**
 * The connection that a socket was before its room slept, and still is.
 * @param {WebSocket} socket
 * @returns {Connection}
 */
export function revived(socket) {
  const connection = /** @type {Connection} */ (socket);
  if (dressed.has(socket)) return connection;
  dressed.add(socket);
  const serialize = socket.serializeAttachment.bind(socket);
  const kept = socket.deserializeAttachment();
  const ours = kept?.[OURS] ?? { id: "", uri: "" };
  let state = kept?.[USERS] ?? null;
  /** @param {unknown} value */
  const keep = (value) => {
    state = value ?? null;
    serialize({ [OURS]: ours, [USERS]: state });
  };
  Object.defineProperties(connection, {
    id: { enumerable: true, get: () => ours.id },
    socket: { enumerable: true, get: () => socket },
    uri: { enumerable: true, get: () => ours.uri },
    state: { get: () => state },
    setState: {
      enumerable: true,
      value: (/** @type {unknown} */ value) => {
        const next = value instanceof Function ? value(state) : value;
        keep(next);
        return next;
      },
    },
    serializeAttachment: { value: keep },
    deserializeAttachment: { value: () => state },
  });
  return connection;
}

/**
 * The id by which a client wants to be known, or one of its own.
 * @param {URL} url
 */
export function idOf(url) {
  return url.searchParams.get("_pk") || crypto.randomUUID();
}

/**
 * Completes the closing handshake that the other side began.
 * @param {WebSocket} socket
 * @param {number} code
 * @param {string} reason
 */
export function answerClose(socket, code, reason) {
  // That code stands for a socket which is gone without a word.
  if (code === 1006) return;
  try {
    if (code === 1005) socket.close();
    else socket.close(code, reason);
  } catch {
    // User code has closed it.
  }
}
