// Runs while the snapshot is made. Installs the web standards' globals (specification, section 11)
// the way a browser has them. Knows nothing of rooms.
import { core, internals } from "ext:core/mod.js";

const load = core.loadExtScript;

// deno_crypto's script reads this symbol while it is evaluated.
internals.kKeyObject = Symbol("kKeyObject");

const webidl = load("ext:deno_webidl/00_webidl.js");
const exceptions = load("ext:deno_web/01_dom_exception.js");
const console = load("ext:deno_web/01_console.js");
const event = load("ext:deno_web/02_event.js");
const url = load("ext:deno_web/00_url.js");
const urlPattern = load("ext:deno_web/01_urlpattern.js");
const clone = load("ext:deno_web/13_message_port.js");
const timers = load("ext:deno_web/02_timers.js");
const abort = load("ext:deno_web/03_abort_signal.js");
const base64 = load("ext:deno_web/05_base64.js");
const streams = load("ext:deno_web/06_streams.js");
const encoding = load("ext:deno_web/08_text_encoding.js");
const file = load("ext:deno_web/09_file.js");
const fileReader = load("ext:deno_web/10_filereader.js");
const broadcast = load("ext:deno_web/01_broadcast_channel.js");
const compression = load("ext:deno_web/14_compression.js");
const performance = load("ext:deno_web/15_performance.js");
const headers = load("ext:deno_fetch/20_headers.js");
const formData = load("ext:deno_fetch/21_formdata.js");
const request = load("ext:deno_fetch/23_request.js");
const response = load("ext:deno_fetch/23_response.js");
const fetch = load("ext:deno_fetch/26_fetch.js");
const eventSource = load("ext:deno_fetch/27_eventsource.js");
const crypto = load("ext:deno_crypto/00_crypto.js");

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

const interfaces = {
  AbortController: abort.AbortController,
  AbortSignal: abort.AbortSignal,
  Blob: file.Blob,
  BroadcastChannel: broadcast.BroadcastChannel,
  ByteLengthQueuingStrategy: streams.ByteLengthQueuingStrategy,
  CloseEvent: event.CloseEvent,
  CompressionStream: compression.CompressionStream,
  CountQueuingStrategy: streams.CountQueuingStrategy,
  CustomEvent: event.CustomEvent,
  DecompressionStream: compression.DecompressionStream,
  DOMException,
  ErrorEvent: event.ErrorEvent,
  Event: event.Event,
  EventSource: eventSource.EventSource,
  EventTarget: event.EventTarget,
  File: file.File,
  FileReader: fileReader.FileReader,
  FormData: formData.FormData,
  Headers: headers.Headers,
  MessageChannel: clone.MessageChannel,
  MessageEvent: event.MessageEvent,
  MessagePort: clone.MessagePort,
  Performance: performance.Performance,
  PerformanceEntry: performance.PerformanceEntry,
  PerformanceMark: performance.PerformanceMark,
  PerformanceMeasure: performance.PerformanceMeasure,
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
  URLPattern: urlPattern.URLPattern,
  URLSearchParams: url.URLSearchParams,
  WritableStream: streams.WritableStream,
  WritableStreamDefaultController: streams.WritableStreamDefaultController,
  WritableStreamDefaultWriter: streams.WritableStreamDefaultWriter,
};

const functions = {
  atob: base64.atob,
  btoa: base64.btoa,
  clearInterval: timers.clearInterval,
  clearTimeout: timers.clearTimeout,
  fetch: fetch.fetch,
  performance: performance.performance,
  reportError: event.reportError,
  setInterval: timers.setInterval,
  setTimeout: timers.setTimeout,
  structuredClone: clone.structuredClone,
};

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
    const signal = options?.signal;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = timers.setTimeout(resolve, delay);
      signal?.addEventListener("abort", () => {
        timers.clearTimeout(timer);
        reject(signal.reason);
      }, { once: true });
    });
  }
}

for (const [type, name] of [[Navigator, "Navigator"], [Scheduler, "Scheduler"]]) {
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

// A getter, because V8 cannot keep the object behind it in a snapshot.
const getterOnly = (get) => ({ get, set() {}, enumerable: false, configurable: true });

export function installGlobals(extra) {
  const properties = {};
  for (const [name, value] of Object.entries({ ...interfaces, ...functions, ...extra })) {
    properties[name] = hidden(value);
  }
  properties.self = hidden(globalThis);
  properties.crypto = getterOnly(Object.getOwnPropertyDescriptor({
    get crypto() {
      return crypto.crypto;
    },
  }, "crypto").get);
  properties.Crypto = hidden(crypto.Crypto);
  properties.CryptoKey = hidden(crypto.CryptoKey);
  properties.SubtleCrypto = hidden(crypto.SubtleCrypto);
  properties.navigator = hidden(new Navigator());
  properties.scheduler = hidden(new Scheduler());
  core.defineGlobalProperties(globalThis, properties);

  // The global object is an EventTarget, as in every worker.
  Object.setPrototypeOf(globalThis, event.EventTarget.prototype);
  globalThis[webidl.brand] = webidl.brand;
  event.setEventTargetData(globalThis);
  event.saveGlobalThisReference(globalThis);
  event.defineEventHandler(globalThis, "error");
  event.defineEventHandler(globalThis, "unhandledrejection");
  event.defineEventHandler(globalThis, "rejectionhandled");
  for (const name of ["onerror", "onunhandledrejection", "onrejectionhandled"]) {
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { ...property, enumerable: false });
  }
}

export { abort, clone, console, crypto, event, fetch, performance, streams, timers, webidl };
