// Runs while the snapshot is made. Installs the web standards' globals (specification, section 11)
// the way a browser has them. Knows nothing of rooms.
import { core, internals, primordials } from "ext:core/mod.js";
import { Navigator, navigator, scheduler } from "ext:partyrun/01_navigator.js";
import * as timers from "ext:partyrun/02_timers.js";
import "ext:partyrun/03_blob.js";

const {
  Error,
  FunctionPrototypeCall,
  ObjectDefineProperty,
  ObjectEntries,
  ObjectGetOwnPropertyDescriptor,
  ObjectHasOwn,
  ObjectSetPrototypeOf,
  RegExpPrototypeExec,
  SafeArrayIterator,
  SymbolToStringTag,
  globalThis,
} = primordials;

const load = core.loadExtScript;
const { queueMicrotask } = globalThis;

// deno_crypto's script reads this symbol while it is evaluated.
internals.kKeyObject = Symbol("kKeyObject");

const webidl = load("ext:deno_webidl/00_webidl.js");

// Header names and values are UTF-8 in Workers: what the standard refuses as no byte is a character.
const { converters } = webidl;
converters.ByteString = converters.USVString;
converters["sequence<ByteString>"] = webidl.createSequenceConverter(converters.ByteString);
converters["sequence<sequence<ByteString>>"] = webidl.createSequenceConverter(
  converters["sequence<ByteString>"],
);
converters["record<ByteString, ByteString>"] = webidl.createRecordConverter(
  converters.ByteString,
  converters.ByteString,
);

const exceptions = load("ext:deno_web/01_dom_exception.js");
const event = load("ext:deno_web/02_event.js");
const url = load("ext:deno_web/00_url.js");
const clone = load("ext:deno_web/13_message_port.js");
const abort = load("ext:deno_web/03_abort_signal.js");
const base64 = load("ext:deno_web/05_base64.js");
const streams = load("ext:deno_web/06_streams.js");
const encoding = load("ext:deno_web/08_text_encoding.js");
const file = load("ext:deno_web/09_file.js");
const headers = load("ext:deno_fetch/20_headers.js");
const formData = load("ext:deno_fetch/21_formdata.js");
load("ext:deno_fetch/23_request.js");
load("ext:deno_fetch/23_response.js");

const { DOMException, QuotaExceededError } = exceptions;

// Errors that ops throw by class name.
for (
  const name of [
    "OperationError",
    "NotSupportedError",
    "NetworkError",
    "AbortError",
    "InvalidCharacterError",
    "DataError",
    "InvalidStateError",
    "SyntaxError",
    "IndexSizeError",
    "TypeMismatchError",
    "InvalidAccessError",
    "DataCloneError",
    "TimeoutError",
  ]
) {
  core.registerErrorBuilder(`DOMException${name}`, (message) => new DOMException(message, name));
}
core.registerErrorBuilder(
  "DOMExceptionQuotaExceededError",
  (message) => new QuotaExceededError(message),
);
core.registerErrorClass("QuotaExceededError", QuotaExceededError);

const hidden = core.propNonEnumerable;

// The reason of an abort that gives none: its text ends up in answers.
const aborted = () => new DOMException("The operation was aborted", "AbortError");
for (const target of [abort.AbortController.prototype, abort.AbortSignal]) {
  const base = target.abort;
  Object.defineProperty(target, "abort", {
    value: function abort(reason = aborted()) {
      return FunctionPrototypeCall(base, this, reason);
    },
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

// Takes every delay that a timer takes.
const baseTimeout = abort.AbortSignal.timeout;
Object.defineProperty(abort.AbortSignal, "timeout", {
  value: function timeout(delay) {
    const milliseconds = timers.toDelay(delay);
    if (milliseconds <= timers.MAX_CORE_DELAY && !timers.goesByOtherClock()) {
      return FunctionPrototypeCall(baseTimeout, this, milliseconds);
    }
    const controller = new abort.AbortController();
    const over = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    timers.startTimer(() => controller.abort(over()), milliseconds, [], false, false);
    return controller.signal;
  },
  writable: true,
  enumerable: true,
  configurable: true,
});

const interfaces = {
  AbortController: abort.AbortController,
  AbortSignal: abort.AbortSignal,
  Blob: file.Blob,
  ByteLengthQueuingStrategy: streams.ByteLengthQueuingStrategy,
  CloseEvent: event.CloseEvent,
  CountQueuingStrategy: streams.CountQueuingStrategy,
  CustomEvent: event.CustomEvent,
  DOMException,
  ErrorEvent: event.ErrorEvent,
  Event: event.Event,
  EventTarget: event.EventTarget,
  File: file.File,
  FormData: formData.FormData,
  Headers: headers.Headers,
  MessageChannel: clone.MessageChannel,
  MessageEvent: event.MessageEvent,
  MessagePort: clone.MessagePort,
  ProgressEvent: event.ProgressEvent,
  PromiseRejectionEvent: event.PromiseRejectionEvent,
  QuotaExceededError,
  ReadableByteStreamController: streams.ReadableByteStreamController,
  ReadableStream: streams.ReadableStream,
  ReadableStreamBYOBReader: streams.ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest: streams.ReadableStreamBYOBRequest,
  ReadableStreamDefaultController: streams.ReadableStreamDefaultController,
  ReadableStreamDefaultReader: streams.ReadableStreamDefaultReader,
  TextDecoder: encoding.TextDecoder,
  TextDecoderStream: encoding.TextDecoderStream,
  TextEncoder: encoding.TextEncoder,
  TextEncoderStream: encoding.TextEncoderStream,
  TransformStream: streams.TransformStream,
  TransformStreamDefaultController: streams.TransformStreamDefaultController,
  URL: url.URL,
  URLSearchParams: url.URLSearchParams,
  WritableStream: streams.WritableStream,
  WritableStreamDefaultController: streams.WritableStreamDefaultController,
  WritableStreamDefaultWriter: streams.WritableStreamDefaultWriter,
};

const FETCH = "ext:deno_fetch/26_fetch.js";
export function handleWasmStreaming(...args) {
  return load(FETCH).handleWasmStreaming(...new SafeArrayIterator(args));
}

// Rarely used, so evaluated in the rooms that use them and not part of every room's heap.
const PERFORMANCE = "ext:deno_web/15_performance.js";
const CRYPTO = "ext:partyrun/78_crypto.js";
const SCOPE = "ext:partyrun/81_worker_scope.js";
const rare = {
  BroadcastChannel: "ext:deno_web/01_broadcast_channel.js",
  CompressionStream: "ext:deno_web/14_compression.js",
  Crypto: CRYPTO,
  CryptoKey: CRYPTO,
  DecompressionStream: "ext:deno_web/14_compression.js",
  EventSource: "ext:partyrun/74_event_source.js",
  FileReader: "ext:deno_web/10_filereader.js",
  Performance: PERFORMANCE,
  PerformanceEntry: PERFORMANCE,
  PerformanceMark: PERFORMANCE,
  PerformanceMeasure: PERFORMANCE,
  PerformanceObserver: PERFORMANCE,
  PerformanceObserverEntryList: PERFORMANCE,
  SubtleCrypto: CRYPTO,
  ExtendableEvent: SCOPE,
  FetchEvent: SCOPE,
  ScheduledEvent: SCOPE,
  ServiceWorkerGlobalScope: SCOPE,
  TailEvent: SCOPE,
  URLPattern: "ext:deno_web/01_urlpattern.js",
  WorkerGlobalScope: SCOPE,
  performance: PERFORMANCE,
};

// Libraries take its presence for a sign of a worker.
function importScripts() {
  throw new Error("Failed to execute 'importScripts' on 'WorkerGlobalScope': the method is not implemented.");
}

const functions = {
  atob: base64.atob,
  btoa: base64.btoa,
  clearInterval: timers.clearInterval,
  clearTimeout: timers.clearTimeout,
  setInterval: timers.setInterval,
  setTimeout: timers.setTimeout,
  structuredClone: clone.structuredClone,
  importScripts,
};

// Scripts of ours that need classes made for the snapshot: name of the script, its globals, and what
// the function that it evaluates to is given.
const made = [
  ["ext:partyrun/75_byte_transforms.js", ["FixedLengthStream", "IdentityTransformStream"], "kLength"],
  ["ext:partyrun/79_html_rewriter.js", ["HTMLRewriter"], "Response"],
  ["ext:partyrun/77_cache.js", ["Cache", "CacheStorage", "caches"], "Request"],
];

// Gives an interface the attributes and the name that Web IDL gives it; some of deno_web's have none.
function brand(type) {
  if (typeof type !== "function" || ObjectHasOwn(type.prototype, SymbolToStringTag)) return type;
  webidl.configureInterface(type);
  return type;
}

const { CloseEvent, CustomEvent, ErrorEvent, MessageEvent, ProgressEvent, PromiseRejectionEvent } = event;
const events = [
  CloseEvent,
  CustomEvent,
  ErrorEvent,
  MessageEvent,
  ProgressEvent,
  PromiseRejectionEvent,
];
events.forEach(brand);
for (const name of ["composedPath", "preventDefault", "stopImmediatePropagation", "stopPropagation"]) {
  Object.defineProperty(event.Event.prototype, name, { enumerable: true });
}
// For the dispatch of events only, and else listed among the global object's own.
Object.defineProperty(event.EventTarget.prototype, "getParent", { enumerable: false });

// A property that becomes an ordinary one with its first use.
function onFirstUse(name, make, enumerable = false) {
  const settle = (value) =>
    ObjectDefineProperty(globalThis, name, {
      __proto__: null,
      value,
      writable: true,
      enumerable,
      configurable: true,
    });
  const accessor = {
    __proto__: null,
    get [name]() {
      const value = make();
      settle(value);
      return value;
    },
    set [name](value) {
      settle(value);
    },
  };
  const { get, set } = ObjectGetOwnPropertyDescriptor(accessor, name);
  return { __proto__: null, get, set, enumerable, configurable: true };
}

function loadPerformance() {
  const script = load(PERFORMANCE);
  script.setTimeOrigin();
  return script;
}

// Interfaces are not enumerable; the functions and objects of the global scope are (Web IDL, section 3.7).
const isInterface = (name) => RegExpPrototypeExec(/^[A-Z]/, name) !== null;
const listed = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });

// The globals of `script`, which share what it evaluates to.
function whenUsed(properties, script, names, argument) {
  let types = null;
  for (const name of new SafeArrayIterator(names)) {
    const enumerable = !isInterface(name);
    properties[name] = onFirstUse(name, () => (types ??= load(script)(argument))[name], enumerable);
  }
}

// `extra` are interfaces and objects made elsewhere, `calls` functions, `parts` what lazily loaded
// scripts need of them.
export function installGlobals(extra, calls, parts) {
  const properties = { __proto__: null };
  for (const { 0: name, 1: value } of new SafeArrayIterator(ObjectEntries({ ...interfaces, ...extra }))) {
    properties[name] = hidden(value);
  }
  for (const { 0: name, 1: value } of new SafeArrayIterator(ObjectEntries({ ...functions, ...calls }))) {
    properties[name] = listed(value);
  }
  for (const { 0: script, 1: names, 2: part } of new SafeArrayIterator(made)) {
    whenUsed(properties, script, names, parts[part]);
  }
  properties.fetch = onFirstUse("fetch", () => load("ext:partyrun/76_fetch.js")(parts), true);
  properties.origin = listed("null");
  properties.self = listed(globalThis);
  properties.queueMicrotask = listed(queueMicrotask);
  for (const { 0: name, 1: script } of new SafeArrayIterator(ObjectEntries(rare))) {
    const from = script === PERFORMANCE ? loadPerformance : () => load(script);
    properties[name] = onFirstUse(name, () => brand(from()[name]), !isInterface(name));
  }
  // Also because V8 cannot keep the object behind it in a snapshot.
  properties.crypto = onFirstUse("crypto", () => load(CRYPTO).crypto, true);
  properties.Navigator = hidden(Navigator);
  properties.navigator = listed(navigator);
  properties.scheduler = listed(scheduler);
  core.defineGlobalProperties(globalThis, properties);

  // The global object is an EventTarget, as in every worker.
  ObjectSetPrototypeOf(globalThis, event.EventTarget.prototype);
  globalThis[webidl.brand] = webidl.brand;
  event.setEventTargetData(globalThis);
  event.saveGlobalThisReference(globalThis);
  event.defineEventHandler(globalThis, "error", undefined, true);
  event.defineEventHandler(globalThis, "unhandledrejection");
  event.defineEventHandler(globalThis, "rejectionhandled");
  ObjectDefineProperty(globalThis, SymbolToStringTag, {
    __proto__: null,
    value: "ServiceWorkerGlobalScope",
    configurable: true,
  });
}

// Globals by name, each made when it is first used.
export function installLazily(makers) {
  for (const { 0: name, 1: make } of new SafeArrayIterator(ObjectEntries(makers))) {
    ObjectDefineProperty(globalThis, name, onFirstUse(name, make));
  }
}

export { event };
