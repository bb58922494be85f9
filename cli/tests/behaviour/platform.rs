//! Globals of the web platform in a room's isolate (specification, section 11).

use serde_json::json;

use crate::harness::{Dev, ROOM};

/// Serves a room whose GET answers what `body`, an async function's, returns.
fn answering(body: &str) -> Dev {
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
return [Object.keys(globalThis), own.filter((name) => /deno|bootstrap|partyrun|^__/i.test(name)),
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

#[test]
fn what_is_missing_says_so() {
    let dev = answering(
        r#"
const errors = [];
for (const use of [() => new HTMLRewriter(), () => caches.default.match("http://host/")]) {
  try { await use(); } catch (error) { errors.push(error.message); }
}
return errors;"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "HTMLRewriter is not supported by this version of partyrun yet",
            "caches is not supported by this version of partyrun yet"
        ])
    );
}
