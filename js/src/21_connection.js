// Runs while the snapshot is made. The connections of a room: the two connection managers with
// their differences (specification, sections 2.6, 5.5-5.8).
import { core } from "ext:core/mod.js";
import { attachmentBytes } from "ext:partyrun/19_websocket_values.js";
import {
  CLOSED,
  CLOSING,
  closeAs,
  deliverClose,
  deliverError,
  kGotClose,
  kSentClose,
  kState,
  makeSocket,
  OPEN,
  socketId,
  sockets,
} from "ext:partyrun/20_websocket.js";

let ops;
export function useOps(fast) {
  ops = fast;
}

function isBinary(value) {
  return typeof value === "object" && value !== null &&
    (ArrayBuffer.isView(value) || core.isAnyArrayBuffer(value));
}

// One encode, whatever the number of connections; closing ones are passed over. `without` need not
// be an array: what it is asked is `includes(id)`, which makes one id work as well as a list of them.
function broadcast(without, message, connections, idsOf) {
  let except = null;
  if (Array.isArray(without)) {
    for (const id of without) (except ??= []).push(...idsOf(id));
  } else {
    for (const connection of connections) {
      if (without.includes(connection.id)) (except ??= []).push(socketId(connection));
    }
  }
  if (isBinary(message)) ops.op_pr_broadcast_binary(message, except);
  else ops.op_pr_broadcast_text(typeof message === "string" ? message : `${message}`, except);
}

// Connections live in this isolate: listeners, any state, newest wins on equal ids.
export class InMemoryManager {
  hibernates = false;
  #connections = new Map();
  #tags = new WeakMap();

  create(socket, id, uri) {
    const connection = makeSocket(socket, true);
    Object.defineProperties(connection, {
      id: { value: id, writable: true, enumerable: true, configurable: true },
      socket: { value: connection, writable: true, enumerable: true, configurable: true },
      uri: { value: uri, writable: true, enumerable: true, configurable: true },
      state: { value: null, writable: true, enumerable: true, configurable: true },
      setState: {
        value: function setState(value) {
          this.state = value instanceof Function ? value(this.state) : value;
          return this.state;
        },
        writable: true,
        enumerable: true,
        configurable: true,
      },
    });
    return connection;
  }

  accept(connection, tags) {
    this.#tags.set(connection, [connection.id, ...tags.filter((tag) => tag !== connection.id)]);
    const older = this.#connections.get(connection.id);
    if (older !== undefined) ops.op_pr_ws_member(socketId(older), false);
    this.#connections.set(connection.id, connection);
    ops.op_pr_ws_member(socketId(connection), true);
    ops.op_pr_ws_name(socketId(connection), `${connection.id}`);
  }

  // Nothing is broadcast to it any more.
  leave(connection) {
    ops.op_pr_ws_member(socketId(connection), false);
  }

  // It is not listed any more.
  remove(connection) {
    if (this.#connections.get(connection.id) === connection) this.#connections.delete(connection.id);
  }

  get(id) {
    return this.#connections.get(id);
  }

  *list(tag) {
    if (!tag) return yield* this.#connections.values();
    for (const connection of this.#connections.values()) {
      if (this.#tags.get(connection)?.includes(tag)) yield connection;
    }
  }

  map() {
    return this.#connections;
  }

  tagsOf(connection) {
    return this.#tags.get(connection) ?? [];
  }

  broadcast(message, without) {
    broadcast(without, message, this.#connections.values(), (id) => {
      const connection = this.#connections.get(id);
      return connection === undefined ? [] : [socketId(connection)];
    });
  }
}

// The error for what is no list names the parameter, and is a Close's reason: its name is the
// original's.
function checkTags(id, userTags) {
  const all = [id, ...userTags.filter((tag) => tag !== id)];
  if (all.length > 10) {
    throw new Error("A connection can only have 10 tags, including the default id tag.");
  }
  for (const tag of all) {
    if (typeof tag !== "string") {
      throw new Error(`A connection tag must be a string. Received: ${tag}`);
    }
    if (tag === "") throw new Error("A connection tag must not be an empty string.");
    if (tag.length > 256) throw new Error("A connection tag must not exceed 256 characters");
  }
  return all;
}

// Connections outlive this isolate: what they are is kept in Rust and comes back when the room
// wakes. State is a structured clone of at most 2048 bytes.
export class HibernatingManager {
  hibernates = true;
  #tags = new Map();

  // Until it is accepted, its id and its state can be assigned to.
  create(socket, id, uri) {
    const identity = { id, uri };
    const connection = this.#make(socket, identity, null);
    const set = {
      id: (value) => identity.id = `${value}`,
      state: (value) => connection.setState(() => value || null),
    };
    for (const name in set) Object.defineProperty(connection, name, { set: set[name] });
    return connection;
  }

  #make(socket, identity, user) {
    const connection = makeSocket(socket, true);
    let current = user;
    const setUser = (value) => {
      current = value ?? null;
      ops.op_pr_ws_set_attachment(socket, attachmentBytes({ __pk: identity, __user: current }));
    };
    Object.defineProperties(connection, {
      id: { get: () => identity.id, enumerable: true, configurable: true },
      socket: { get: () => connection, enumerable: true, configurable: true },
      uri: { get: () => identity.uri, enumerable: true, configurable: true },
      state: { get: () => current, enumerable: false, configurable: true },
      setState: {
        value: function setState(value) {
          const next = value instanceof Function ? value(current) : value;
          setUser(next);
          return next;
        },
        writable: true,
        enumerable: true,
        configurable: true,
      },
      serializeAttachment: {
        value: function serializeAttachment(value) {
          setUser(value);
        },
        writable: true,
        configurable: true,
      },
      deserializeAttachment: {
        value: function deserializeAttachment() {
          return core.deserialize(core.serialize(current));
        },
        writable: true,
        configurable: true,
      },
    });
    return connection;
  }

  accept(connection, tags) {
    for (const name of ["id", "state"]) Object.defineProperty(connection, name, { set: undefined });
    const all = checkTags(connection.id, tags);
    this.#tags.set(connection, all);
    ops.op_pr_ws_record(socketId(connection), connection.id, connection.uri, all);
    ops.op_pr_ws_member(socketId(connection), true);
  }

  // What is known of connections without waking the room.
  sleeping() {
    return ops.op_pr_ws_records().map(({ socket, id, uri, tags }) => {
      const bytes = ops.op_pr_ws_attachment(socket);
      const state = bytes === null ? null : core.deserialize(bytes).__user;
      return { id, uri, tags, state, hibernates: true };
    });
  }

  tagsOf(connection) {
    return this.#tags.get(connection) ?? [];
  }

  // Connections that were open when the room fell asleep: [socket, connection]. `leaving` is the
  // socket whose end has woken the room.
  wake(leaving) {
    const woken = [];
    for (const { socket, id, uri, tags } of ops.op_pr_ws_records()) {
      const bytes = ops.op_pr_ws_attachment(socket);
      const user = bytes === null ? null : core.deserialize(bytes).__user;
      const connection = this.#make(socket, { id, uri }, user);
      if (socket === leaving) connection[kState] = CLOSING;
      this.#tags.set(connection, tags);
      woken.push([socket, connection]);
    }
    return woken;
  }

  leave(connection) {
    ops.op_pr_ws_member(socketId(connection), false);
  }

  remove(connection) {
    this.#tags.delete(connection);
  }

  // One that is closing has no right to its id any more when an open one has it too.
  get(id) {
    const named = [...this.#tags.keys()].filter((connection) => connection.id === `${id}`);
    const open = named.filter((connection) => connection.readyState === OPEN);
    if (open.length > 1) {
      throw new Error(
        `More than one connection found for id ${id}. Did you mean to use getConnections(tag) instead?`,
      );
    }
    return open[0] ?? named.at(-1);
  }

  // With a tag in the order they connected, without one the newest first: the original's orders.
  *list(tag) {
    const all = [...this.#tags];
    const chosen = tag === undefined || tag === ""
      ? all.reverse()
      : all.filter(([_, tags]) => tags.includes(`${tag}`));
    for (const [connection] of chosen) {
      if (connection.readyState === OPEN) yield connection;
    }
  }

  map() {
    return new Map([...this.list()].map((connection) => [connection.id, connection]));
  }

  broadcast(message, without) {
    broadcast(
      without,
      message,
      this.#tags.keys(),
      (id) =>
        [...this.#tags.keys()].filter((connection) => connection.id === id).map(socketId),
    );
  }
}

// The longest time that an onClose handler holds back the answering Close frame.
const CLOSE_ANSWER_CAP_MS = 1000;

// The peer sent a Close frame, or is gone. Section 5.4: the `onclose` property, then out of the list,
// then the handlers, then the answer.
export function connectionClosed(manager, connection, code, reason, wasClean, handler) {
  const { hibernates } = manager;
  const answer = wasClean && !connection[kSentClose];
  connection[kGotClose] = wasClean || hibernates;
  if (connection[kSentClose] && wasClean) connection[kState] = CLOSED;
  else if (wasClean || hibernates) connection[kState] = CLOSING;
  manager.leave(connection);
  const done = () => {
    if (answer) closeAs(connection, code, reason);
    connection[kState] = CLOSED;
    manager.remove(connection);
    sockets.delete(socketId(connection));
  };
  const result = hibernates
    ? handler()
    : deliverClose(connection, code, reason, wasClean, () => {
      manager.remove(connection);
      return handler();
    });
  if (typeof result?.then !== "function") return done();
  if (connection[kState] === OPEN) connection[kState] = CLOSING;
  let timer = answer ? setTimeout(done, CLOSE_ANSWER_CAP_MS) : undefined;
  result.then(() => {
    clearTimeout(timer);
    timer = undefined;
    done();
  });
}

// The connection broke its contract (a message over the limit): onError, never onClose.
export function connectionFailed(manager, connection, message, handler) {
  const error = new Error(message);
  connection[kState] = manager.hibernates ? CLOSING : CLOSED;
  manager.leave(connection);
  manager.remove(connection);
  sockets.delete(socketId(connection));
  if (manager.hibernates) handler(error);
  else deliverError(connection, error, () => handler(error));
}
