//! Each name of the specification's section 11 does its work in a room's isolate.

use serde_json::json;

use crate::harness::{Dev, ROOM};
use crate::platform::answering;

/// Every name beside ECMAScript's that section 11 lists, and those that its `& co` stands for.
const NAMES: &str = "console navigator origin performance scheduler caches crypto self WebAssembly fetch Request \
    Response Headers FormData File Blob URL URLSearchParams URLPattern TextEncoder TextDecoder TextEncoderStream \
    TextDecoderStream ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader \
    ReadableStreamDefaultController ReadableByteStreamController ReadableStreamBYOBRequest WritableStream \
    WritableStreamDefaultWriter WritableStreamDefaultController ByteLengthQueuingStrategy CountQueuingStrategy \
    TransformStream TransformStreamDefaultController FixedLengthStream IdentityTransformStream CompressionStream \
    DecompressionStream AbortController AbortSignal Event EventTarget CustomEvent MessageEvent CloseEvent ErrorEvent \
    PromiseRejectionEvent WebSocket WebSocketPair EventSource HTMLRewriter structuredClone queueMicrotask setTimeout \
    clearTimeout setInterval clearInterval atob btoa addEventListener removeEventListener dispatchEvent reportError \
    DOMException Cache CacheStorage Crypto CryptoKey SubtleCrypto Navigator WorkerGlobalScope \
    ServiceWorkerGlobalScope ExtendableEvent importScripts Performance PerformanceEntry PerformanceMark \
    PerformanceMeasure MessageChannel MessagePort BroadcastChannel";

/// By name, an expression that is `true` when the name does what it is for.
const USES: &str = r##"
const bytes = (text) => new TextEncoder().encode(text);
const read = async (stream) => await new Response(stream).text();
const controllerOf = (source) => new Promise((resolve) => new ReadableStream({ ...source, start: resolve }));
const thrown = (attempt) => { try { attempt(); } catch (error) { return error; } };
const subtleKey = () => crypto.subtle.importKey("raw", bytes("k"), { name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
const uses = {
  console: () => { console.log("from the table"); return typeof console.table === "function"; },
  navigator: () => navigator.userAgent === "Cloudflare-Workers",
  origin: () => origin === "null",
  performance: () => performance.now() >= 0,
  scheduler: async () => await scheduler.wait(1) === undefined,
  caches: async () => await caches.default.match("http://host/absent") === undefined,
  crypto: () => /^[0-9a-f]{8}-/.test(crypto.randomUUID()),
  self: () => self === globalThis,
  WebAssembly: async () => (await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))).instance instanceof WebAssembly.Instance,
  fetch: async () => await (await fetch("data:text/plain,hello")).text() === "hello",
  Request: async () => await new Request("http://host/", { method: "POST", body: "b" }).text() === "b",
  Response: async () => (await Response.json({ a: 1 }).json()).a === 1,
  Headers: () => new Headers([["a", "1"], ["A", "2"]]).get("a") === "1, 2",
  FormData: () => { const form = new FormData(); form.append("a", "1"); return [...form][0][1] === "1"; },
  File: () => new File(["abc"], "name.txt", { lastModified: 5 }).lastModified === 5,
  Blob: async () => await new Blob(["ab", "c"]).slice(1).text() === "bc",
  URL: () => new URL("../c?d#e", "http://host/a/b/").href === "http://host/a/c?d#e",
  URLSearchParams: () => new URLSearchParams({ a: "b c" }).toString() === "a=b+c",
  URLPattern: () => new URLPattern({ pathname: "/:id" }).exec("http://host/7").pathname.groups.id === "7",
  TextEncoder: () => new TextEncoder().encode("\u20ac").length === 3,
  TextDecoder: () => new TextDecoder("utf-16le").decode(new Uint8Array([65, 0])) === "A",
  TextEncoderStream: async () => await read(ReadableStream.from(["a", "b"]).pipeThrough(new TextEncoderStream())) === "ab",
  TextDecoderStream: async () => (await new Response("a").body.pipeThrough(new TextDecoderStream()).getReader().read()).value === "a",
  ReadableStream: async () => { const [a, b] = new Response("tee").body.tee(); return await read(a) === await read(b); },
  ReadableStreamDefaultReader: async () => (await new ReadableStreamDefaultReader(ReadableStream.from([1])).read()).value === 1,
  ReadableStreamBYOBReader: async () => (await new ReadableStreamBYOBReader(new Blob(["abc"]).stream()).read(new Uint8Array(2))).value.length === 2,
  ReadableStreamDefaultController: async () => (await controllerOf({})) instanceof ReadableStreamDefaultController,
  ReadableByteStreamController: async () => (await controllerOf({ type: "bytes" })) instanceof ReadableByteStreamController,
  ReadableStreamBYOBRequest: () => new Promise((resolve) => new ReadableStream({ type: "bytes", pull(controller) {
    resolve(controller.byobRequest instanceof ReadableStreamBYOBRequest); } }).getReader({ mode: "byob" }).read(new Uint8Array(1))),
  WritableStream: async () => { let got; await ReadableStream.from(["w"]).pipeTo(new WritableStream({ write(chunk) { got = chunk; } })); return got === "w"; },
  WritableStreamDefaultWriter: () => new WritableStreamDefaultWriter(new WritableStream()).desiredSize === 1,
  WritableStreamDefaultController: () => new Promise((resolve) => new WritableStream({ start(controller) { resolve(controller instanceof WritableStreamDefaultController); } })),
  ByteLengthQueuingStrategy: () => new ByteLengthQueuingStrategy({ highWaterMark: 4 }).size(new Uint8Array(3)) === 3,
  CountQueuingStrategy: () => new CountQueuingStrategy({ highWaterMark: 4 }).highWaterMark === 4,
  TransformStream: async () => (await ReadableStream.from([2]).pipeThrough(new TransformStream({ transform(n, to) { to.enqueue(n * 2); } })).getReader().read()).value === 4,
  TransformStreamDefaultController: () => new Promise((resolve) => new TransformStream({ start(controller) { resolve(controller instanceof TransformStreamDefaultController); } })),
  FixedLengthStream: async () => { const { readable, writable } = new FixedLengthStream(2); const writer = writable.getWriter(); writer.write(bytes("ab")); writer.close(); return await read(readable) === "ab"; },
  IdentityTransformStream: async () => await read(new Response("ab").body.pipeThrough(new IdentityTransformStream())) === "ab",
  CompressionStream: async () => (await new Response(new Blob(["a".repeat(999)]).stream().pipeThrough(new CompressionStream("gzip"))).bytes()).length < 99,
  DecompressionStream: async () => await read(new Response("abc").body.pipeThrough(new CompressionStream("deflate")).pipeThrough(new DecompressionStream("deflate"))) === "abc",
  AbortController: () => { const controller = new AbortController(); controller.abort("why"); return controller.signal.reason === "why"; },
  AbortSignal: () => AbortSignal.any([AbortSignal.abort(7)]).reason === 7 && AbortSignal.timeout(9e6).aborted === false,
  Event: () => { const event = new Event("e", { cancelable: true }); event.preventDefault(); return event.defaultPrevented; },
  EventTarget: () => { let heard = 0; const target = new EventTarget(); target.addEventListener("e", () => heard++, { once: true }); target.dispatchEvent(new Event("e")); target.dispatchEvent(new Event("e")); return heard === 1; },
  CustomEvent: () => new CustomEvent("e", { detail: 3 }).detail === 3,
  MessageEvent: () => new MessageEvent("message", { data: "d" }).data === "d",
  CloseEvent: () => new CloseEvent("close", { code: 4001, wasClean: true }).code === 4001,
  ErrorEvent: () => new ErrorEvent("error", { message: "m", error: 1 }).error === 1,
  PromiseRejectionEvent: () => new PromiseRejectionEvent("unhandledrejection", { promise: Promise.resolve(), reason: 5 }).reason === 5,
  WebSocket: () => thrown(() => new WebSocket("nothing")).name === "SyntaxError" && WebSocket.OPEN === 1,
  WebSocketPair: () => new Promise((resolve) => { const [a, b] = Object.values(new WebSocketPair()); a.accept(); b.accept(); b.onmessage = ({ data }) => resolve(data === "m"); a.send("m"); }),
  EventSource: () => new Promise((resolve) => { EventSource.from(new Response("data: d\n\n").body).onmessage = ({ data }) => resolve(data === "d"); }),
  HTMLRewriter: async () => await new HTMLRewriter().on("b", { element(b) { b.setAttribute("x", "1"); } }).transform(new Response("<b></b>")).text() === '<b x="1"></b>',
  structuredClone: () => structuredClone(new Map([[1, new Date(5)]])).get(1).getTime() === 5,
  queueMicrotask: () => new Promise((resolve) => queueMicrotask(() => resolve(true))),
  setTimeout: () => new Promise((resolve) => setTimeout((a, b) => resolve(a + b === 3), 1, 1, 2)),
  clearTimeout: () => new Promise((resolve) => { clearTimeout(setTimeout(() => resolve(false), 1)); setTimeout(() => resolve(true), 20); }),
  setInterval: () => new Promise((resolve) => { let ticks = 0; const timer = setInterval(() => { if (++ticks === 3) { clearInterval(timer); resolve(typeof timer === "number"); } }, 1); }),
  clearInterval: () => new Promise((resolve) => { clearInterval(setInterval(() => resolve(false), 1)); setTimeout(() => resolve(true), 20); }),
  atob: () => atob(" YQ= = ".replaceAll(" ", "")) === "a" && thrown(() => atob("*")).name === "InvalidCharacterError",
  btoa: () => btoa("\xff") === "/w==" && thrown(() => btoa("\u0100")).name === "InvalidCharacterError",
  addEventListener: () => new Promise((resolve) => { addEventListener("named", () => resolve(true), { once: true }); dispatchEvent(new Event("named")); }),
  removeEventListener: () => { let heard = false; const listener = () => heard = true; addEventListener("gone", listener); removeEventListener("gone", listener); dispatchEvent(new Event("gone")); return !heard; },
  dispatchEvent: () => { addEventListener("prevented", (event) => event.preventDefault(), { once: true }); return dispatchEvent(new Event("prevented", { cancelable: true })) === false; },
  reportError: () => new Promise((resolve) => { addEventListener("error", (event) => { event.preventDefault(); resolve(event.error === 9); }, { once: true }); reportError(9); }),
  DOMException: () => { const error = new DOMException("m", "AbortError"); return error.code === 20 && error instanceof Error; },
  Cache: async () => { const cache = await caches.open("names"); await cache.put("http://host/c", new Response("kept", { headers: { "cache-control": "max-age=60" } })); return cache instanceof Cache && await (await cache.match("http://host/c")).text() === "kept"; },
  CacheStorage: () => caches instanceof CacheStorage && caches.default instanceof Cache,
  Crypto: () => crypto instanceof Crypto && crypto.getRandomValues(new Uint8Array(4)).length === 4,
  CryptoKey: async () => { const key = await subtleKey(); return key instanceof CryptoKey && key.type === "secret"; },
  SubtleCrypto: async () => crypto.subtle instanceof SubtleCrypto && (await crypto.subtle.sign("HMAC", await subtleKey(), bytes("d"))).byteLength === 32,
  Navigator: () => navigator instanceof Navigator && thrown(() => new Navigator()) instanceof TypeError,
  WorkerGlobalScope: () => typeof WorkerGlobalScope.prototype.addEventListener === "function",
  ServiceWorkerGlobalScope: () => globalThis instanceof ServiceWorkerGlobalScope && !({} instanceof ServiceWorkerGlobalScope),
  ExtendableEvent: () => thrown(() => new ExtendableEvent("e")) instanceof TypeError,
  importScripts: () => thrown(() => importScripts("a.js")) instanceof Error,
  Performance: () => performance instanceof Performance && performance.timeOrigin > 0,
  PerformanceEntry: () => performance.mark("e") instanceof PerformanceEntry,
  PerformanceMark: () => performance.mark("m", { detail: 1 }) instanceof PerformanceMark,
  PerformanceMeasure: () => performance.measure("all", { start: 0, end: 5 }).duration === 5 && performance.measure("x") instanceof PerformanceMeasure,
  MessageChannel: () => new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port2.onmessage = ({ data }) => { port1.close(); resolve(data === 1); }; port1.postMessage(1); }),
  MessagePort: () => new MessageChannel().port1 instanceof MessagePort,
  BroadcastChannel: () => new Promise((resolve) => { const [a, b] = [new BroadcastChannel("n"), new BroadcastChannel("n")]; b.onmessage = ({ data }) => { a.close(); b.close(); resolve(data === 2); }; a.postMessage(2); }),
};
"##;

/// Row 244.
#[test]
fn every_name_of_the_platform_does_its_work() {
    let dev = answering(&format!(
        r#"{USES}
const names = "{NAMES}".split(/\s+/);
const wrong = names.filter((name) => !Object.hasOwn(uses, name)).map((name) => `${{name}}: not used`);
for (const [name, use] of Object.entries(uses)) {{
  if (!names.includes(name)) wrong.push(`${{name}}: not listed`);
  const outcome = await Promise.race([(async () => use())().catch((error) => error), scheduler.wait(5000)]);
  if (outcome !== true) wrong.push(`${{name}}: ${{outcome}}`);
}}
return wrong;"#
    ));
    assert_eq!(dev.json(ROOM), json!([]));
}

/// Row 244: as Web IDL has them, which is what a library sees that lists or probes.
#[test]
fn names_have_the_attributes_and_brands_of_the_standards() {
    let dev = answering(&format!(
        r#"
const names = "{NAMES}".split(/\s+/);
const wrong = [];
for (const name of names) {{
  let holder = globalThis;
  while (holder && !Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder);
  const isInterface = /^[A-Z]/.test(name);
  const property = Object.getOwnPropertyDescriptor(holder, name);
  if (!property.configurable || property.enumerable !== !isInterface && name !== "console" && name !== "dispatchEvent") wrong.push(name);
  const value = globalThis[name];
  const settled = Object.getOwnPropertyDescriptor(holder, name);
  if (!settled.writable || settled.enumerable !== property.enumerable) wrong.push(name + " when used");
  if (typeof value === "function" && value.name !== name) wrong.push(name + " is named " + value.name);
  if (!isInterface || name === "WebAssembly" || name === "WebSocketPair") continue;
  if (Object.prototype.toString.call(value.prototype) !== `[object ${{name}}]`) wrong.push("brand of " + name);
  const {{ prototype }} = value;
  for (const [key, {{ enumerable }}] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {{
    const hidden = key === "constructor" || key === "getParent" || prototype === Event.prototype ||
      prototype === WebSocket.prototype && key.endsWith("EventListener");
    if (!enumerable && !hidden) wrong.push(name + "." + key);
  }}
}}
for (const name of ["window", "document", "location", "Deno"]) if (name in globalThis) wrong.push(name);
return [wrong, Object.prototype.toString.call(globalThis), Object.keys(globalThis).includes("fetch")];"#
    ));
    assert_eq!(
        dev.json(ROOM),
        json!([[], "[object ServiceWorkerGlobalScope]", true])
    );
}

/// The functions of the global scope take that scope, or nothing, for their object.
#[test]
fn global_functions_are_called_in_any_way() {
    let dev = Dev::inline(
        r#"
const GIVEN = {
  queueMicrotask: [() => {}], structuredClone: [{ a: 1 }], atob: ["YQ=="], btoa: ["a"],
  setTimeout: [() => {}, 1], clearTimeout: [1], setInterval: [() => {}, 1e9], clearInterval: [1],
  setImmediate: [() => {}], clearImmediate: [null], fetch: ["data:,x"], reportError: [new Error("reported")],
  addEventListener: ["x", () => {}], removeEventListener: ["x", () => {}], dispatchEvent: [new Event("x")],
};
const WAYS = {
  globalThis: (name, given) => globalThis[name](...given),
  self: (name, given) => self[name](...given),
  global: (name, given) => global[name](...given),
  taken: (name, given) => { const call = globalThis[name]; return call(...given); },
  optional: (name, given) => globalThis[name]?.(...given),
  destructured: (name, given) => { const { [name]: call } = self; return call(...given); },
  undefined: (name, given) => globalThis[name].call(undefined, ...given),
  null: (name, given) => globalThis[name].call(null, ...given),
  bound: (name, given) => globalThis[name].bind(globalThis)(...given),
  reflect: (name, given) => Reflect.apply(self[name], undefined, given),
};
async function failures() {
  const failed = [];
  for (const [name, given] of Object.entries(GIVEN)) {
    for (const [way, call] of Object.entries(WAYS)) {
      try { await call(name, given); } catch (error) { failed.push(`${way} ${name}: ${error}`); }
    }
  }
  try { reportError.call({}, new Error("x")); failed.push("reportError took an object for the scope"); } catch {}
  return Response.json(failed);
}
export default class {
  static onFetch() { return failures(); }
  onRequest() { return failures(); }
}"#,
    );
    for path in [ROOM, "/static"] {
        assert_eq!(dev.json(path), serde_json::json!([]), "{path}");
    }
    dev.stderr_has("Error: reported");
}
