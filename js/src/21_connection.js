// Runs while the snapshot is made. The connections of a room: the two connection managers with
// their differences (specification, sections 2.6, 5.5-5.8).
import { core, primordials } from "ext:core/mod.js";
import { clearTimeout, setTimeout } from "ext:partyrun/02_timers.js";
import { isPending, whenSettled } from "ext:partyrun/05_promises.js";
import { ops } from "ext:partyrun/06_ops.js";
import { deliverClose, deliverError } from "ext:partyrun/19_websocket_events.js";
import { attachmentBytes } from "ext:partyrun/19_websocket_values.js";
import {
  closeAs,
  CLOSED,
  CLOSING,
  kGotClose,
  kSentClose,
  kState,
  makeSocket,
  OPEN,
  socketId,
  sockets,
} from "ext:partyrun/20_websocket.js";

const {
  ArrayBufferIsView,
  ArrayIsArray,
  ArrayPrototypeFilter,
  ArrayPrototypeIncludes,
  ArrayPrototypeMap,
  ArrayPrototypePush,
  ArrayPrototypeReverse,
  Error,
  FunctionPrototype,
  Map,
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectDefineProperties,
  ObjectDefineProperty,
  ObjectPrototypeIsPrototypeOf,
  SafeArrayIterator,
  SafeMap,
  SafeMapIterator,
  SafeWeakMap,
} = primordials;

function isBinary(value) {
  return typeof value === "object" && value !== null &&
    (ArrayBufferIsView(value) || core.isAnyArrayBuffer(value));
}

// One encode, whatever the number of connections; closing ones are passed over. `without` need not
// be an array: what it is asked is `includes(id)`, which makes one id work as well as a list of them.
function broadcast(without, message, connections, idsOf) {
  let except = null;
  if (ArrayIsArray(without)) {
    for (let at = 0; at < without.length; at++) {
      const ids = idsOf(without[at]);
      for (let nth = 0; nth < ids.length; nth++) ArrayPrototypePush(except ??= [], ids[nth]);
    }
  } else {
    const all = connections();
    for (let at = 0; at < all.length; at++) {
      const connection = all[at];
      // eslint-disable-next-line partyrun/primordials -- it is whatever user code gives
      if (without.includes(connection.id)) ArrayPrototypePush(except ??= [], socketId(connection));
    }
  }
  if (isBinary(message)) ops.op_pr_broadcast_binary(message, except);
  else ops.op_pr_broadcast_text(typeof message === "string" ? message : `${message}`, except);
}

const isTagged = (tags, tag) => tags !== undefined && ArrayPrototypeIncludes(tags, tag);

// The error for what is no list names the parameter, and is a Close's reason: its name is the
// original's.
function withId(id, userTags) {
  const isOther = (tag) => tag !== id;
  // eslint-disable-next-line partyrun/primordials -- what is no list has its own `filter`, or none
  const others = ArrayIsArray(userTags) ? ArrayPrototypeFilter(userTags, isOther) : userTags.filter(isOther);
  const all = [id];
  for (let at = 0; at < others.length; at++) ArrayPrototypePush(all, others[at]);
  return all;
}

// Connections live in this isolate: listeners, any state, newest wins on equal ids.
export class InMemoryManager {
  hibernates = false;
  // eslint-disable-next-line partyrun/primordials -- user code is given it
  #connections = new Map();
  #tags = new SafeWeakMap();

  create(socket, id, uri) {
    const connection = makeSocket(socket, true);
    ObjectDefineProperties(connection, {
      __proto__: null,
      id: { __proto__: null, value: id, writable: true, enumerable: true, configurable: true },
      socket: { __proto__: null, value: connection, writable: true, enumerable: true, configurable: true },
      uri: { __proto__: null, value: uri, writable: true, enumerable: true, configurable: true },
      state: { __proto__: null, value: null, writable: true, enumerable: true, configurable: true },
      setState: {
        __proto__: null,
        value: function setState(value) {
          this.state = ObjectPrototypeIsPrototypeOf(FunctionPrototype, value) ? value(this.state) : value;
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
    this.#tags.set(connection, withId(connection.id, tags));
    const older = MapPrototypeGet(this.#connections, connection.id);
    if (older !== undefined) ops.op_pr_ws_member(socketId(older), false);
    MapPrototypeSet(this.#connections, connection.id, connection);
    ops.op_pr_ws_member(socketId(connection), true);
    ops.op_pr_ws_name(socketId(connection), `${connection.id}`);
  }

  // Nothing is broadcast to it any more.
  leave(connection) {
    ops.op_pr_ws_member(socketId(connection), false);
  }

  // It is not listed any more.
  remove(connection) {
    if (MapPrototypeGet(this.#connections, connection.id) === connection) {
      MapPrototypeDelete(this.#connections, connection.id);
    }
  }

  get(id) {
    return MapPrototypeGet(this.#connections, id);
  }

  *list(tag) {
    for (const { 1: connection } of new SafeMapIterator(this.#connections)) {
      if (!tag || isTagged(this.#tags.get(connection), tag)) yield connection;
    }
  }

  toMap() {
    return this.#connections;
  }

  tagsOf(connection) {
    return this.#tags.get(connection) ?? [];
  }

  broadcast(message, without) {
    broadcast(without, message, () => {
      const all = [];
      for (const { 1: connection } of new SafeMapIterator(this.#connections)) {
        ArrayPrototypePush(all, connection);
      }
      return all;
    }, (id) => {
      const connection = MapPrototypeGet(this.#connections, id);
      return connection === undefined ? [] : [socketId(connection)];
    });
  }
}

function checkTags(id, userTags) {
  const all = withId(id, userTags);
  if (all.length > 10) {
    throw new Error("A connection can only have 10 tags, including the default id tag.");
  }
  for (const tag of new SafeArrayIterator(all)) {
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
  #tags = new SafeMap();

  // Until it is accepted, its id and its state can be assigned to.
  create(socket, id, uri) {
    const identity = { id, uri };
    const connection = this.#make(socket, identity, null);
    const set = {
      __proto__: null,
      id: (value) => identity.id = `${value}`,
      state: (value) => connection.setState(() => value || null),
    };
    for (const name in set) ObjectDefineProperty(connection, name, { __proto__: null, set: set[name] });
    return connection;
  }

  #make(socket, identity, user) {
    const connection = makeSocket(socket, true);
    let current = user;
    const setUser = (value) => {
      current = value ?? null;
      ops.op_pr_ws_set_attachment(socket, attachmentBytes({ __pk: identity, __user: current }));
    };
    ObjectDefineProperties(connection, {
      __proto__: null,
      id: { __proto__: null, get: () => identity.id, enumerable: true, configurable: true },
      socket: { __proto__: null, get: () => connection, enumerable: true, configurable: true },
      uri: { __proto__: null, get: () => identity.uri, enumerable: true, configurable: true },
      state: { __proto__: null, get: () => current, enumerable: false, configurable: true },
      setState: {
        __proto__: null,
        value: function setState(value) {
          const next = ObjectPrototypeIsPrototypeOf(FunctionPrototype, value) ? value(current) : value;
          setUser(next);
          return next;
        },
        writable: true,
        enumerable: true,
        configurable: true,
      },
      serializeAttachment: {
        __proto__: null,
        value: function serializeAttachment(value) {
          setUser(value);
        },
        writable: true,
        configurable: true,
      },
      deserializeAttachment: {
        __proto__: null,
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
    for (const name of new SafeArrayIterator(["id", "state"])) {
      ObjectDefineProperty(connection, name, { __proto__: null, set: undefined });
    }
    const all = checkTags(connection.id, tags);
    this.#tags.set(connection, all);
    ops.op_pr_ws_record(socketId(connection), connection.id, connection.uri, all);
    ops.op_pr_ws_member(socketId(connection), true);
  }

  // What is known of connections without waking the room.
  sleeping() {
    return ArrayPrototypeMap(ops.op_pr_ws_records(), ({ socket, id, uri, tags }) => {
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
    for (const { socket, id, uri, tags } of new SafeArrayIterator(ops.op_pr_ws_records())) {
      const bytes = ops.op_pr_ws_attachment(socket);
      const user = bytes === null ? null : core.deserialize(bytes).__user;
      const connection = this.#make(socket, { id, uri }, user);
      if (socket === leaving) connection[kState] = CLOSING;
      this.#tags.set(connection, tags);
      ArrayPrototypePush(woken, [socket, connection]);
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
    const named = ArrayPrototypeFilter([...this.#tags.keys()], (connection) => connection.id === `${id}`);
    const open = ArrayPrototypeFilter(named, (connection) => connection.readyState === OPEN);
    if (open.length > 1) {
      throw new Error(
        `More than one connection found for id ${id}. Did you mean to use getConnections(tag) instead?`,
      );
    }
    return open[0] ?? named[named.length - 1];
  }

  // With a tag in the order they connected, without one the newest first: the original's orders.
  *list(tag) {
    for (const { 0: connection } of new SafeArrayIterator(this.#listed(tag))) {
      if (connection.readyState === OPEN) yield connection;
    }
  }

  #listed(tag) {
    const all = [...this.#tags.entries()];
    return tag === undefined || tag === ""
      ? ArrayPrototypeReverse(all)
      : ArrayPrototypeFilter(all, ({ 1: tags }) => ArrayPrototypeIncludes(tags, `${tag}`));
  }

  toMap() {
    // eslint-disable-next-line partyrun/primordials -- user code is given it
    const map = new Map();
    for (const { 0: connection } of new SafeArrayIterator(this.#listed())) {
      if (connection.readyState === OPEN) MapPrototypeSet(map, connection.id, connection);
    }
    return map;
  }

  broadcast(message, without) {
    broadcast(
      without,
      message,
      () => [...this.#tags.keys()],
      (id) =>
        ArrayPrototypeMap(
          ArrayPrototypeFilter([...this.#tags.keys()], (connection) => connection.id === id),
          socketId,
        ),
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
  const result = hibernates ? handler() : deliverClose(connection, code, reason, wasClean, () => {
    manager.remove(connection);
    return handler();
  });
  if (!isPending(result)) return done();
  if (connection[kState] === OPEN) connection[kState] = CLOSING;
  let timer = answer ? setTimeout(done, CLOSE_ANSWER_CAP_MS) : undefined;
  whenSettled(result, () => {
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
