// Runs while the snapshot is made. The events of a WebSocket: their order among handlers and listeners, which
// differs from the platform's (specification, section 2.6). Knows nothing of what a socket is joined to.
import { core, primordials } from "ext:core/mod.js";
import { EventTargetPrototypeDispatchEvent } from "ext:partyrun/04_platform.js";
import { report } from "ext:partyrun/12_console.js";

const { FunctionPrototypeCall, ObjectDefineProperty, ReflectApply } = primordials;

const { Blob } = core.loadExtScript("ext:deno_web/09_file.js");
const { CloseEvent, ErrorEvent, MessageEvent, setTarget } = core.loadExtScript("ext:deno_web/02_event.js");

/** The `on*` properties, by the name of the event. */
export const kHandlers = Symbol("handlers");
/** Names of the events that somebody listens to. */
export const kListening = Symbol("listening");
/** Listeners that were added while an event is handed on: they hear the next one (DOM, section 2.9). */
export const kLate = Symbol("late listeners");
/** What few sockets have: { protocol, binaryType }. */
export const kDetails = Symbol("details");

function runHandler(socket, name, event) {
  const handler = socket[kHandlers]?.[name];
  if (!handler) return;
  setTarget(event, socket);
  ObjectDefineProperty(event, "currentTarget", { __proto__: null, value: socket, configurable: true });
  FunctionPrototypeCall(handler, socket, event);
  delete event.currentTarget;
}

// Dispatches to the `on*` property first, then `between`, then the listeners: the order that
// section 2.6 records. An exception of one is reported and does not keep the others from running.
export function dispatch(socket, name, makeEvent, between) {
  const heard = socket[kHandlers]?.[name] || socket[kListening]?.has(name);
  const event = heard ? makeEvent() : null;
  if (event !== null) {
    try {
      runHandler(socket, name, event);
    } catch (error) {
      report(`on${name} error`, error);
    }
  }
  if (event === null || !socket[kListening]?.has(name)) return between?.();
  socket[kLate] = [];
  try {
    const result = between?.();
    EventTargetPrototypeDispatchEvent(socket, event);
    return result;
  } finally {
    const late = socket[kLate];
    socket[kLate] = null;
    for (let at = 0; at < late.length; at++) ReflectApply(socket.addEventListener, socket, late[at]);
  }
}

// For sockets that are no room connections: those get their bytes as they come.
export function received(socket, data) {
  const asBlob = typeof data !== "string" && socket[kDetails]?.binaryType === "blob";
  return deliverMessage(socket, asBlob ? new Blob([data]) : data);
}

export function deliverMessage(socket, data, between) {
  return dispatch(socket, "message", () => new MessageEvent("message", { __proto__: null, data }), between);
}

export function deliverClose(socket, code, reason, wasClean, between) {
  return dispatch(
    socket,
    "close",
    () => new CloseEvent("close", { __proto__: null, code, reason, wasClean }),
    between,
  );
}

export function deliverError(socket, error, between) {
  return dispatch(
    socket,
    "error",
    () => new ErrorEvent("error", { __proto__: null, error, message: `Uncaught ${error}` }),
    between,
  );
}
