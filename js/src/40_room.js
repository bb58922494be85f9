// Runs while the snapshot is made; its state belongs to the one room of this isolate. The life
// of a room: constructor, onStart, events (specification, section 4).
import { core, primordials } from "ext:core/mod.js";
import { queryOf, URL, URLPrototypeGetPathname } from "ext:partyrun/04_platform.js";
import { isPending, whenSettled } from "ext:partyrun/05_promises.js";
import { ops } from "ext:partyrun/06_ops.js";
import { dropBody, makeRequest, respondText, textOf } from "ext:partyrun/10_http.js";
import { report } from "ext:partyrun/12_console.js";
import { deliverMessage } from "ext:partyrun/19_websocket_events.js";
import {
  closeAs,
  onClose as pairClosed,
  onError as pairFailed,
  onMessage as pairMessage,
  sockets,
} from "ext:partyrun/20_websocket.js";
import {
  connectionClosed,
  connectionFailed,
  HibernatingManager,
  InMemoryManager,
} from "ext:partyrun/21_connection.js";
import { answer, failRequest } from "ext:partyrun/38_answers.js";
import { createRoom, GATE_CAP_MS, wrapObject } from "ext:partyrun/39_room_object.js";
import { rememberHost } from "ext:partyrun/41_stub.js";
import { createSurroundings } from "ext:partyrun/42_surroundings.js";

const {
  ArrayPrototypePush,
  Error,
  GeneratorPrototypeNext,
  PromisePrototypeThen,
  SafeArrayIterator,
  SafeMap,
  StringPrototypeSplit,
} = primordials;

const { clearTimeout, setTimeout } = core.loadExtScript("ext:deno_web/02_timers.js");

const NEW = 0;
const STARTING = 1;
const READY = 2;

// A start that takes longer is told of: whoever waits for the room sees nothing.
const SLOW_START_MS = 5_000;

// The only room of this isolate.
let config;
let surroundings;
let server;
let phase = NEW;
let instance = null;
// What its Room object shows of it.
const life = { id: null, manager: null, blocked: null };
let room = null;
// Connections that have been accepted, by socket: what events from Rust may reach.
const connections = new SafeMap();
// The socket whose end is the event that wakes the room: onStart does not see it listed.
let leaving = null;

export function isClass(value) {
  return typeof value === "function" && typeof value.prototype === "object" &&
    value.prototype !== null;
}

export function configure(settings) {
  config = settings;
  surroundings = createSurroundings(settings);
}

export function assignRoom(defaultExport) {
  server = defaultExport;
}

// Undoes everything that a room has left here, for the warm-up of the snapshot.
export function forget() {
  config = undefined;
  surroundings = undefined;
  server = undefined;
  phase = NEW;
  instance = null;
  life.manager = null;
  life.blocked = null;
  room = null;
  life.id = null;
  connections.clear();
  sockets.clear();
}

// ---- start ----

// The raw room segment of a party URL (section 3.1).
function roomIdOf(url) {
  const path = StringPrototypeSplit(URLPrototypeGetPathname(new URL(url)), "/");
  const id = path[1] === "party" ? path[2] : path[1] === "parties" ? path[3] : undefined;
  if (!id) throw new Error("No room id found in request url");
  return id;
}

function construct(url) {
  life.id ??= roomIdOf(url);
  rememberHost(url);
  room ??= createRoom(config, surroundings, life);
  const made = isClass(server) ? new server(room) : wrapObject(server, room);
  /** @type {any} */
  const manager = made.options?.hibernate === true ? new HibernatingManager() : new InMemoryManager();
  life.manager = manager;
  instance = made;
  if (manager.hibernates) {
    for (const connection of new SafeArrayIterator(manager.wake(leaving))) {
      connections.set(connection[0], connection[1]);
    }
  } else {
    // Sockets of earlier code, which hibernated: this manager cannot hold them.
    for (const { socket } of new SafeArrayIterator(ops.op_pr_ws_records())) {
      ops.op_pr_ws_member(socket, false);
      ops.op_pr_ws_close(socket, 1012, "Reloaded");
    }
  }
}

function started(result) {
  if (!isPending(result)) {
    phase = READY;
    return undefined;
  }
  phase = STARTING;
  ops.op_pr_gate_close();
  let held = true;
  const open = () => {
    if (!held) return;
    held = false;
    clearTimeout(cap);
    clearTimeout(slow);
    ops.op_pr_gate_open();
  };
  const slow = setTimeout(() => {
    ops.op_pr_tell_once(
      "slow start",
      "is still in `onStart` after 5 s: requests, sockets and messages wait until that is done, for 30 s at most",
    );
  }, SLOW_START_MS);
  const cap = setTimeout(() => {
    open();
    report("onStart error", new Error("onStart is still pending after 30 s: events wait no longer"));
  }, GATE_CAP_MS);
  return whenSettled(
    result,
    () => {
      phase = READY;
      open();
    },
    (error) => {
      // The next event tries again.
      phase = NEW;
      open();
      throw error;
    },
  );
}

// Runs `event` in a room that has started. Events that come while onStart is pending are held back
// by the gate; one that gets here all the same is a call of the room to itself, and goes ahead.
function whenReady(url, event, failed) {
  if (phase !== NEW) return event();
  try {
    if (instance === null) construct(url);
  } catch (error) {
    return failed(error);
  }
  // The constructor has events wait: this one too.
  if (life.blocked === null) return start(event, failed);
  phase = STARTING;
  PromisePrototypeThen(life.blocked, () => {
    phase = NEW;
    start(event, failed);
  });
}

function start(event, failed) {
  let starting;
  try {
    starting = started(instance.onStart?.());
  } catch (error) {
    return failed(error);
  }
  if (starting === undefined) event();
  else whenSettled(starting, event, failed);
}

// ---- HTTP ----

function answerOrFail(id, response, request) {
  try {
    answer(id, response, "onRequest", config.party, instance);
    dropBody(request);
  } catch (error) {
    failRequest(id, error, request);
  }
}

function handleRequest(id, request) {
  if (instance.onRequest === undefined) {
    return respondText(id, 500, "Invalid onRequest handler");
  }
  let result;
  try {
    result = instance.onRequest(request);
  } catch (error) {
    return failRequest(id, error, request);
  }
  if (!isPending(result)) return answerOrFail(id, result, request);
  whenSettled(
    result,
    (response) => answerOrFail(id, response, request),
    (error) => failRequest(id, error, request),
  );
}

export function onRequest(id, head, method, url, hasBody) {
  const request = makeRequest(head, method, url, hasBody, "immutable");
  whenReady(url, () => handleRequest(id, request), (error) => failRequest(id, error, request));
}

// ---- connections ----

function closeReason(error) {
  return textOf(error) || "Uncaught exception when connecting";
}

async function handshake(id, socket, request, url) {
  const key = queryOf(url, "_pk") || ops.op_pr_uuid();
  const connection = life.manager.create(socket, key, url);
  const ctx = { request };
  try {
    const tags = isClass(server) && (instance.getConnectionTags ?? null) !== null
      ? await instance.getConnectionTags(connection, ctx)
      : [];
    life.manager.accept(connection, tags);
    connections.set(socket, connection);
    await instance.onConnect?.(connection, ctx);
    ops.op_pr_accept(id, socket);
  } catch (error) {
    report("Error when connecting", error);
    connections.delete(socket);
    life.manager.leave(connection);
    life.manager.remove(connection);
    ops.op_pr_accept(id, socket);
    closeAs(connection, 1011, closeReason(error));
    sockets.delete(socket);
  }
}

export function onConnect(id, head, method, url, socket) {
  const request = makeRequest(head, method, url, false, "immutable");
  const failed = (error) => failRequest(id, error, request);
  const connect = () => void PromisePrototypeThen(handshake(id, socket, request, url), undefined, failed);
  whenReady(url, connect, failed);
}

// A handler that is still at work keeps the room from falling asleep.
function outlive(context, result) {
  ops.op_pr_work_started();
  return whenSettled(
    result,
    () => ops.op_pr_work_finished(),
    (error) => {
      ops.op_pr_work_finished();
      report(context, error);
    },
  );
}

function settle(context, run) {
  try {
    const result = run();
    if (isPending(result)) return outlive(context, result);
  } catch (error) {
    report(context, error);
  }
}

function runMessage(connection, data) {
  let result;
  try {
    result = instance.onMessage?.(data, connection);
  } catch (error) {
    return report("onMessage error", error);
  }
  if (isPending(result)) outlive("onMessage error", result);
}

// Runs `event` with the room's instance, which is made when there is none.
export function wakeRoom(event, failed) {
  whenReady(config.wakeUrl, () => event(instance, room), failed);
}

/** The connections as they are, also of a room that has not been made yet. */
export function connectionsForControl() {
  const { manager } = life;
  if (manager === null) return new HibernatingManager().sleeping();
  const { hibernates } = manager;
  const described = [];
  const list = manager.list();
  for (let at = GeneratorPrototypeNext(list); !at.done; at = GeneratorPrototypeNext(list)) {
    const { value: connection } = at;
    const { id, uri, state } = connection;
    ArrayPrototypePush(described, { id, uri, tags: manager.tagsOf(connection), state, hibernates });
  }
  return described;
}

/** What hands connections on from one code to the next needs of the room. */
export function forKept() {
  return { closeReason, connections, instance: () => instance, life, whenReady };
}

function woken(event) {
  whenReady(config.wakeUrl, event, (error) => report("onStart error", error));
}

function wokenByEnd(socket, event) {
  leaving = socket;
  const failed = (error) => {
    report("onStart error", error);
    // Its end is not told a second time.
    forgetConnection(socket);
  };
  whenReady(config.wakeUrl, event, failed);
}

function forgetConnection(socket) {
  const connection = connections.get(socket);
  connections.delete(socket);
  sockets.delete(socket);
  if (connection === undefined) return;
  life.manager.leave(connection);
  life.manager.remove(connection);
  closeAs(connection, 1011, "The room could not start");
}

export function onMessage(socket, data) {
  if (phase === NEW) return woken(() => onMessage(socket, data));
  const connection = connections.get(socket);
  if (connection === undefined) return pairMessage(socket, data);
  if (life.manager.hibernates) runMessage(connection, data);
  else deliverMessage(connection, data, () => runMessage(connection, data));
}

export function onClose(socket, code, reason, wasClean) {
  if (phase === NEW) return wokenByEnd(socket, () => onClose(socket, code, reason, wasClean));
  const connection = connections.get(socket);
  if (connection === undefined) return pairClosed(socket, code, reason, wasClean);
  connections.delete(socket);
  connectionClosed(
    life.manager,
    connection,
    code,
    reason,
    wasClean,
    () => settle("onClose error", () => instance.onClose?.(connection)),
  );
}

export function onError(socket, message) {
  if (phase === NEW) return wokenByEnd(socket, () => onError(socket, message));
  const connection = connections.get(socket);
  if (connection === undefined) return pairFailed(socket, message);
  connections.delete(socket);
  connectionFailed(
    life.manager,
    connection,
    message,
    (error) => settle("onError error", () => instance.onError?.(connection, error)),
  );
}
