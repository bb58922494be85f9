// Entry of the snapshot. Puts the globals in place and leaves one function, `__partyrun_start`, that
// Rust calls once in each restored isolate: it takes what a snapshot cannot hold and answers with the
// functions that deliver events.
import { core, primordials } from "ext:core/mod.js";
import { event, handleWasmStreaming, installGlobals, installLazily } from "ext:partyrun/00_globals.js";
import * as timers from "ext:partyrun/02_timers.js";
import { EventTargetPrototypeDispatchEvent } from "ext:partyrun/04_platform.js";
import { ops, useOps } from "ext:partyrun/06_ops.js";
import { kLength, lengthOf } from "ext:partyrun/08_bodies.js";
import * as http from "ext:partyrun/10_http.js";
import { configureConsole, console, report } from "ext:partyrun/12_console.js";
import { kHandlers, kListening } from "ext:partyrun/19_websocket_events.js";
import * as websocket from "ext:partyrun/20_websocket.js";
import * as storage from "ext:partyrun/30_storage.js";
import * as room from "ext:partyrun/40_room.js";
import { useHost } from "ext:partyrun/41_stub.js";
import * as alarm from "ext:partyrun/44_alarm.js";
import * as worker from "ext:partyrun/50_worker.js";
import { builtin, installBuiltins, shared } from "ext:partyrun/60_builtins.js";
import { process } from "ext:partyrun/61_process.js";
import { warmUp } from "ext:partyrun/85_warm_up.js";

const {
  JSONParse,
  ObjectAssign,
  PromisePrototypeThen,
  PromiseResolve,
  TypeError,
  globalThis,
} = primordials;

installGlobals(
  {
    console,
    global: globalThis,
    process,
    Request: http.Request,
    Response: http.Response,
    WebSocket: websocket.WebSocket,
    WebSocketPair: websocket.WebSocketPair,
  },
  { reportError },
  {
    kLength,
    lengthOf,
    makeSocket: websocket.makeSocket,
    receive: http.receive,
    Request: http.Request,
    Response: http.Response,
  },
);
http.useWebSocket(websocket.WebSocket);

installBuiltins();
shared.process = process;
installLazily({
  Buffer: () => builtin("node:buffer").Buffer,
  clearImmediate: () => builtin("node:timers").clearImmediate,
  setImmediate: () => builtin("node:timers").setImmediate,
});

// An unhandled rejection is an event first; what no listener prevents is reported, and the room lives.
function onUnhandledRejection(promise, reason) {
  const rejection = new event.PromiseRejectionEvent("unhandledrejection", {
    __proto__: null,
    promise,
    reason,
    cancelable: true,
  });
  EventTargetPrototypeDispatchEvent(globalThis, rejection);
  if (!rejection.defaultPrevented) report("Uncaught (in promise)", reason);
  return true;
}

function onHandledRejection(promise, reason) {
  EventTargetPrototypeDispatchEvent(
    globalThis,
    new event.PromiseRejectionEvent("rejectionhandled", { __proto__: null, promise, reason }),
  );
}

// As for rejections. What goes wrong in a listener of these events is only reported.
let telling = false;
function onException(error) {
  let unprevented = true;
  if (!telling && event.listenerCount(globalThis, "error") > 0) {
    telling = true;
    try {
      unprevented = EventTargetPrototypeDispatchEvent(globalThis, errorEvent(error));
    } catch (failure) {
      report("Uncaught", failure);
    }
    telling = false;
  }
  if (unprevented) report("Uncaught", error);
}

function errorEvent(error) {
  const { exceptionMessage: message, frames: { 0: frame } } = core.destructureError(error);
  const place = frame && {
    filename: frame.fileName,
    lineno: frame.lineNumber,
    colno: frame.columnNumber,
  };
  return new event.ErrorEvent("error", { __proto__: null, cancelable: true, error, message, ...place });
}

function reportError(error) {
  if (this !== undefined && this !== null && this !== globalThis) {
    throw new TypeError("Illegal invocation");
  }
  if (arguments.length === 0) {
    throw new TypeError(
      "Failed to execute 'reportError': 1 argument required, but only 0 present",
    );
  }
  onException(error);
}

// What deno_web takes for the global object when a listener throws. It dispatches an event there, and
// stops the isolate when a listener of that event throws too; so that event comes a moment later.
event.saveGlobalThisReference(Object.create(globalThis, {
  dispatchEvent: {
    value: function dispatchEvent({ error }) {
      if (telling || event.listenerCount(globalThis, "error") === 0) onException(error);
      else PromisePrototypeThen(PromiseResolve(error), onException);
      return false;
    },
  },
}));
// Called by its name alone, the inherited one would take that for its object.
Object.defineProperty(globalThis, "dispatchEvent", {
  value: function dispatchEvent(sent) {
    return EventTargetPrototypeDispatchEvent(this ?? globalThis, sent);
  },
  writable: true,
  enumerable: false,
  configurable: true,
});

function configure(json) {
  const config = JSONParse(json);
  ObjectAssign(process.env, config.processEnv);
  configureConsole(config.colors, config.inspected);
  useHost(config.host);
  room.configure(config);
  worker.configure(config);
}

// primordials has none.
const { Float16Array } = globalThis;

// Of a room that is controlled from outside, once it is.
let answer;
function control(id, call) {
  answer ??= core.loadExtScript("ext:partyrun/45_control.js")({
    ...storage.forControl(),
    connections: room.connectionsForControl,
    Float16Array,
    respondText: http.respondText,
    wakeRoom: room.wakeRoom,
  });
  answer(id, call);
}

// Of a room whose sockets are kept over a save, at one.
let kept;
function keeping() {
  const { kAttachment, kGotClose, kSentClose } = websocket;
  return kept ??= core.loadExtScript("ext:partyrun/48_kept.js")({
    closeAs: websocket.closeAs,
    names: { kAttachment, kGotClose, kHandlers, kListening, kSentClose },
    ops,
    report,
    room: room.forKept(),
    sockets: websocket.sockets,
  });
}

function part() {
  keeping().part();
}

function resume(socket, head, method, url, _hasBody, left) {
  keeping().resume(socket, http.makeRequest(head, method, url, false, "immutable"), url, left);
}

// Of an isolate that goes by a clock which can be set: its first timer may be due.
let runTimer;
function tick() {
  runTimer?.();
}

const events = {
  control,
  tick,
  part,
  resume,
  register: worker.register,
  configure,
  assignRoom: room.assignRoom,
  request: room.onRequest,
  connect: room.onConnect,
  message: room.onMessage,
  close: room.onClose,
  error: room.onError,
  alarm: alarm.onAlarm,
  pairOpen: websocket.onOpen,
  pairMessage: websocket.onMessage,
  pairClose: websocket.onClose,
  pairError: websocket.onError,
  beforeRequest: worker.onBeforeRequest,
  beforeConnect: worker.onBeforeConnect,
  fetch: worker.onFetch,
  socket: worker.onSocket,
  scheduled: worker.onScheduled,
  cron: worker.onCron,
  cronRequest: worker.onCronRequest,
};

Object.defineProperty(globalThis, "__partyrun_warm_up", {
  configurable: true,
  value: () => {
    delete globalThis.__partyrun_warm_up;
    warmUp(configure);
  },
});

Object.defineProperty(globalThis, "__partyrun_start", {
  configurable: true,
  value: (isClockSettable) => {
    delete globalThis.__partyrun_start;
    useOps(core.loadExtScript("ext:partyrun/80_fast_ops.js"));
    core.setWasmStreamingCallback(handleWasmStreaming);
    core.setReportExceptionCallback(onException);
    core.setUnhandledPromiseRejectionHandler(onUnhandledRejection);
    core.setHandledPromiseRejectionHandler(onHandledRejection);
    if (isClockSettable) {
      runTimer = core.loadExtScript("ext:partyrun/47_clock.js")({ onException, ops, timers });
    }
    // V8 makes this one in each context, after the snapshot is restored.
    const { SharedArrayBuffer } = globalThis;
    installLazily({
      SharedArrayBuffer: () => core.loadExtScript("ext:partyrun/74_shared_memory.js")(SharedArrayBuffer),
    });
    delete globalThis.Deno;
    delete globalThis.__bootstrap;
    delete globalThis.__infra;
    return events;
  },
});
