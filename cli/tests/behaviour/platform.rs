//! Globals of the web platform in a room's isolate (specification, section 11).

use serde_json::json;

use crate::harness::{Dev, ROOM};

/// Serves a room whose GET answers what `body`, an async function's, returns.
pub fn answering(body: &str) -> Dev {
    Dev::inline(&format!(
        "export default class {{ async onRequest() {{ return Response.json(await (async () => {{ {body} }})()) }} }}"
    ))
}

/// Row 245.
#[test]
fn pair_of_a_room_echoes() {
    let dev = answering(
        r#"
const { 0: a, 1: b } = new WebSocketPair();
a.accept(); b.accept();
b.addEventListener("message", (event) => b.send("echo " + event.data));
const closed = new Promise((resolve) => a.addEventListener("close", (event) => resolve([event.code, event.reason])));
const heard = new Promise((resolve) => { a.onmessage = (event) => resolve(event.data); });
a.send("hello");
const text = await heard;
b.close(4000, "done");
return [text, await closed, new WebSocketPair()[0] instanceof WebSocket];"#,
    );
    assert_eq!(dev.json(ROOM), json!(["echo hello", [4000, "done"], true]));
}

/// Row 247.
#[test]
fn subtle_signs_and_verifies() {
    let dev = answering(
        r#"
const data = new TextEncoder().encode("signed");
const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
const hmac = await crypto.subtle.importKey("raw", data, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
const mac = await crypto.subtle.sign("HMAC", hmac, data);
const results = [digest.length, await crypto.subtle.verify("HMAC", hmac, mac, data)];
for (const [make, use] of [
  [{ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, "RSASSA-PKCS1-v1_5"],
  [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
]) {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(make, true, ["sign", "verify"]);
  const signature = await crypto.subtle.sign(use, privateKey, data);
  const jwk = await crypto.subtle.exportKey("jwk", publicKey);
  const again = await crypto.subtle.importKey("jwk", jwk, make, true, ["verify"]);
  results.push(await crypto.subtle.verify(use, again, signature, data));
  results.push(await crypto.subtle.verify(use, again, signature, new Uint8Array(3)));
}
return results;"#,
    );
    assert_eq!(dev.json(ROOM), json!([32, true, true, false, true, false]));
}

/// Row 248.
#[test]
fn streams_compress_and_decode() {
    let dev = answering(
        r#"
const text = "grüße ".repeat(500);
const packed = await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
const unpacked = new Response(packed).body.pipeThrough(new DecompressionStream("gzip")).pipeThrough(new TextDecoderStream());
let back = "";
for await (const piece of unpacked) back += piece;
return [packed.byteLength < 200, back === text];"#,
    );
    assert_eq!(dev.json(ROOM), json!([true, true]));
}

/// Row 249.
#[test]
fn patterns_clones_and_timeouts_work() {
    let dev = answering(
        r#"
const match = new URLPattern({ pathname: "/a/:id" }).exec("http://host/a/7");
const clone = structuredClone(new Map([["date", new Date(0)]]));
const signal = AbortSignal.timeout(10);
await new Promise((resolve) => signal.addEventListener("abort", resolve));
return [match.pathname.groups.id, clone.get("date").getTime(), signal.reason.name];"#,
    );
    assert_eq!(dev.json(ROOM), json!(["7", 0, "TimeoutError"]));
}

#[test]
fn globals_are_installed_as_in_a_browser() {
    let dev = answering(
        r#"
const own = Object.getOwnPropertyNames(globalThis);
return [Object.keys(globalThis).filter((name) => /^[A-Z]/.test(name)), own.filter((name) => /deno|bootstrap|partyrun|^__/i.test(name)),
  [fetch.name, fetch.length], [Request.name, Response.name, WebSocket.name], typeof setTimeout(() => {}, 0)];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            [],
            [],
            ["fetch", 1],
            ["Request", "Response", "WebSocket"],
            "number"
        ])
    );
}

/// Row 244: what a library may probe for, and what it is.
#[test]
fn every_global_has_its_type() {
    let dev = answering(
        r#"
const objects = "console navigator performance scheduler caches crypto self WebAssembly".split(" ");
const interfaces = ("Request Response Headers FormData File Blob URL URLSearchParams URLPattern TextEncoder TextDecoder " +
  "TextEncoderStream TextDecoderStream ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader WritableStream " +
  "TransformStream FixedLengthStream IdentityTransformStream CompressionStream DecompressionStream AbortController AbortSignal " +
  "Event EventTarget CustomEvent MessageEvent CloseEvent ErrorEvent WebSocket WebSocketPair EventSource DOMException " +
  "HTMLRewriter Cache CacheStorage Crypto CryptoKey SubtleCrypto MessageChannel MessagePort BroadcastChannel").split(" ");
const functions = ("fetch structuredClone queueMicrotask setTimeout clearTimeout setInterval clearInterval atob btoa " +
  "addEventListener removeEventListener dispatchEvent reportError").split(" ");
const wrong = [];
for (const name of objects) if (typeof globalThis[name] !== "object") wrong.push(name);
for (const name of [...interfaces, ...functions]) if (typeof globalThis[name] !== "function") wrong.push(name);
for (const name of [...interfaces, ...functions]) if (globalThis[name]?.name !== name) wrong.push("name of " + name);
for (const name of [...objects, ...interfaces, ...functions]) {
  const property = Object.getOwnPropertyDescriptor(globalThis, name) ?? Object.getOwnPropertyDescriptor(EventTarget.prototype, name);
  if (!property?.configurable || !property.writable) wrong.push("property " + name);
}
for (const name of interfaces) {
  const { prototype } = globalThis[name];
  const tag = Object.prototype.toString.call(prototype);
  if (name !== "WebSocketPair" && tag !== `[object ${name}]`) wrong.push(tag + " for " + name);
}
for (const name of ["window", "document", "location", "Deno"]) if (name in globalThis) wrong.push(name);
return [wrong, navigator.userAgent, origin, self === globalThis];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([[], "Cloudflare-Workers", "null", true])
    );
}

/// Row 251.
#[test]
fn scheduler_waits_until_it_is_aborted() {
    let dev = answering(
        r#"
const before = performance.now();
await scheduler.wait(20);
const waited = performance.now() - before >= 19;
const controller = new AbortController();
setTimeout(() => controller.abort(), 10);
const error = await scheduler.wait(60_000, { signal: controller.signal }).catch((error) => error);
return [waited, error.name, error.message, performance.timeOrigin <= Date.now()];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([true, "AbortError", "The operation was aborted", true])
    );
}

/// Row 249.
#[test]
fn signals_combine_and_clones_transfer() {
    let dev = answering(
        r#"
const controller = new AbortController();
const any = AbortSignal.any([controller.signal, AbortSignal.timeout(60_000)]);
controller.abort("why");
const buffer = new ArrayBuffer(4);
const moved = structuredClone({ buffer }, { transfer: [buffer] });
const error = structuredClone(new RangeError("far"));
let refused;
try { structuredClone({ f() {} }); } catch (error) { refused = error.name; }
return [any.aborted, any.reason, buffer.byteLength, moved.buffer.byteLength, error instanceof RangeError, error.message, refused];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([true, "why", 0, 4, true, "far", "DataCloneError"])
    );
}

#[test]
fn channels_carry_messages() {
    let dev = answering(
        r#"
const channel = new MessageChannel();
const heard = new Promise((resolve) => { channel.port2.onmessage = (event) => resolve(event.data); });
channel.port1.postMessage({ over: "the port" });
const [a, b] = [new BroadcastChannel("news"), new BroadcastChannel("news")];
const told = new Promise((resolve) => { b.onmessage = (event) => resolve(event.data); });
a.postMessage("flash");
const both = [(await heard).over, await told];
channel.port1.close(); a.close(); b.close();
return both;"#,
    );
    assert_eq!(dev.json(ROOM), json!(["the port", "flash"]));
}

#[test]
fn events_reach_their_listeners() {
    let dev = answering(
        r#"
const target = new EventTarget();
const seen = [];
target.addEventListener("x", { handleEvent(event) { seen.push(event.detail); } }, { once: true });
target.dispatchEvent(new CustomEvent("x", { detail: 1 }));
target.dispatchEvent(new CustomEvent("x", { detail: 2 }));
addEventListener("mine", (event) => { event.preventDefault(); seen.push(event.type); });
seen.push(dispatchEvent(new Event("mine", { cancelable: true })));
const close = new CloseEvent("close", { code: 4000, reason: "r", wasClean: true });
const error = new ErrorEvent("error", { message: "m", error: 5 });
return [seen, [close.code, close.reason, close.wasClean], [error.message, error.error], new MessageEvent("message", { data: 7 }).data];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([[1, "mine", false], [4000, "r", true], ["m", 5], 7])
    );
}
