// Runs while the snapshot is made. Installs the web standards' globals (specification, section 11)
// the way a browser has them. Knows nothing of rooms.
import { core, internals } from "ext:core/mod.js";

const load = core.loadExtScript;

// deno_crypto's script reads this symbol while it is evaluated.
internals.kKeyObject = Symbol("kKeyObject");

const webidl = load("ext:deno_webidl/00_webidl.js");
const exceptions = load("ext:deno_web/01_dom_exception.js");
const event = load("ext:deno_web/02_event.js");
const url = load("ext:deno_web/00_url.js");
const clone = load("ext:deno_web/13_message_port.js");
const timers = load("ext:deno_web/02_timers.js");
const abort = load("ext:deno_web/03_abort_signal.js");
const base64 = load("ext:deno_web/05_base64.js");
const streams = load("ext:deno_web/06_streams.js");
const encoding = load("ext:deno_web/08_text_encoding.js");
const file = load("ext:deno_web/09_file.js");
const headers = load("ext:deno_fetch/20_headers.js");
const formData = load("ext:deno_fetch/21_formdata.js");
const request = load("ext:deno_fetch/23_request.js");
const response = load("ext:deno_fetch/23_response.js");

const { DOMException, QuotaExceededError } = exceptions;

// Errors that ops throw by class name.
for (
  const name of [
    "OperationError", "NotSupportedError", "NetworkError", "AbortError", "InvalidCharacterError",
    "DataError", "InvalidStateError", "SyntaxError", "IndexSizeError", "TypeMismatchError",
    "InvalidAccessError", "DataCloneError", "TimeoutError",
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
      return base.call(this, reason);
    },
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

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
  return load(FETCH).handleWasmStreaming(...args);
}

// Rarely used, so evaluated in the rooms that use them and not part of every room's heap.
const PERFORMANCE = "ext:deno_web/15_performance.js";
const CRYPTO = "ext:partyrun/78_crypto.js";
const rare = {
  BroadcastChannel: "ext:deno_web/01_broadcast_channel.js",
  CompressionStream: "ext:deno_web/14_compression.js",
  Crypto: CRYPTO,
  CryptoKey: CRYPTO,
  DecompressionStream: "ext:deno_web/14_compression.js",
  EventSource: "ext:deno_fetch/27_eventsource.js",
  FileReader: "ext:deno_web/10_filereader.js",
  Performance: PERFORMANCE,
  PerformanceEntry: PERFORMANCE,
  PerformanceMark: PERFORMANCE,
  PerformanceMeasure: PERFORMANCE,
  SubtleCrypto: CRYPTO,
  URLPattern: "ext:deno_web/01_urlpattern.js",
  performance: PERFORMANCE,
};

const functions = {
  atob: base64.atob,
  btoa: base64.btoa,
  clearInterval: timers.clearInterval,
  clearTimeout: timers.clearTimeout,
  reportError: event.reportError,
  setInterval: timers.setInterval,
  setTimeout: timers.setTimeout,
  structuredClone: clone.structuredClone,
};

// Scripts of ours that need classes made for the snapshot: name of the script, its globals, and what
// the function that it evaluates to is given.
const made = [
  ["ext:partyrun/75_byte_transforms.js", ["FixedLengthStream", "IdentityTransformStream"], "kLength"],
  ["ext:partyrun/79_html_rewriter.js", ["HTMLRewriter"], "Response"],
  ["ext:partyrun/77_cache.js", ["Cache", "CacheStorage", "caches"], "Request"],
];

class Navigator {
  get userAgent() {
    return "Cloudflare-Workers";
  }

  get hardwareConcurrency() {
    return 1;
  }

  get language() {
    return "en";
  }
}

class Scheduler {
  // Resolves after `delay` milliseconds; rejects with the signal's reason when aborted before.
  wait(delay, options = undefined) {
    if (delay === undefined) {
      throw new TypeError(
        "Failed to execute 'wait' on 'Scheduler': parameter 1 is not of type 'number'.",
      );
    }
    const signal = options?.signal;
    const { clearTimeout, setTimeout } = timers;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(resolve, delay);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      }, { once: true });
    });
  }
}

const { CloseEvent, CustomEvent, ErrorEvent, MessageEvent } = event;
for (const type of [CloseEvent, CustomEvent, ErrorEvent, MessageEvent, Navigator, Scheduler]) {
  const value = type.name;
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value, configurable: true });
}

// A property that becomes an ordinary one with its first use.
function onFirstUse(name, make) {
  const settle = (value) =>
    Object.defineProperty(globalThis, name, {
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    });
  const accessor = {
    get [name]() {
      const value = make();
      settle(value);
      return value;
    },
    set [name](value) {
      settle(value);
    },
  };
  const { get, set } = Object.getOwnPropertyDescriptor(accessor, name);
  return { get, set, enumerable: false, configurable: true };
}

function loadPerformance() {
  const script = load(PERFORMANCE);
  script.setTimeOrigin();
  return script;
}

// The globals of `script`, which share what it evaluates to.
function whenUsed(properties, script, names, argument) {
  let types = null;
  for (const name of names) {
    properties[name] = onFirstUse(name, () => (types ??= load(script)(argument))[name]);
  }
}

// `extra` are globals made elsewhere, `parts` what lazily loaded scripts need of them.
export function installGlobals(extra, parts) {
  const properties = {};
  for (const [name, value] of Object.entries({ ...interfaces, ...functions, ...extra })) {
    properties[name] = hidden(value);
  }
  for (const [script, names, part] of made) whenUsed(properties, script, names, parts[part]);
  properties.fetch = onFirstUse("fetch", () => load("ext:partyrun/76_fetch.js")(parts));
  properties.origin = hidden("null");
  properties.self = hidden(globalThis);
  properties.queueMicrotask = hidden(globalThis.queueMicrotask);
  for (const [name, script] of Object.entries(rare)) {
    const from = script === PERFORMANCE ? loadPerformance : () => load(script);
    properties[name] = onFirstUse(name, () => from()[name]);
  }
  // Also because V8 cannot keep the object behind it in a snapshot.
  properties.crypto = onFirstUse("crypto", () => load(CRYPTO).crypto);
  properties.navigator = hidden(new Navigator());
  properties.scheduler = hidden(new Scheduler());
  core.defineGlobalProperties(globalThis, properties);

  // The global object is an EventTarget, as in every worker.
  Object.setPrototypeOf(globalThis, event.EventTarget.prototype);
  globalThis[webidl.brand] = webidl.brand;
  event.setEventTargetData(globalThis);
  event.saveGlobalThisReference(globalThis);
  event.defineEventHandler(globalThis, "error", undefined, true);
  event.defineEventHandler(globalThis, "unhandledrejection");
  event.defineEventHandler(globalThis, "rejectionhandled");
  for (const name of ["onerror", "onunhandledrejection", "onrejectionhandled"]) {
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { ...property, enumerable: false });
  }
}

// Globals by name, each made when it is first used.
export function installLazily(makers) {
  for (const [name, make] of Object.entries(makers)) {
    Object.defineProperty(globalThis, name, onFirstUse(name, make));
  }
}

export { event };
