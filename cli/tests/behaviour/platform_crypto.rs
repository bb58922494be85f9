//! Web Crypto in a room's isolate, and Workers' additions to it (specification, section 11).

use serde_json::json;

use crate::harness::{Dev, ROOM};
use crate::platform::answering;

/// Row 247.
#[test]
fn digest_stream_digests_what_is_written() {
    let dev = answering(
        r#"
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const out = [];
for (const name of ["MD5", "SHA-1", { name: "sha-256" }]) {
  const stream = new crypto.DigestStream(name);
  await new Response("data").body.pipeTo(stream);
  out.push(hex(await stream.digest).slice(0, 16), String(stream.bytesWritten));
}
const texts = new crypto.DigestStream("SHA-512");
const writer = texts.getWriter();
await writer.write("da"); await writer.write(new TextEncoder().encode("ta")); await writer.close();
out.push(hex(await texts.digest).slice(0, 16));
out.push(hex(await crypto.subtle.digest("MD5", new TextEncoder().encode("data"))).slice(0, 16));
try { new crypto.DigestStream("CRC"); } catch (error) { out.push(error.name); }
const aborted = new crypto.DigestStream("SHA-256");
await aborted.abort(new Error("given up"));
out.push(await aborted.digest.catch((error) => error.message));
return out;"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "8d777f385d3dfec8",
            "4",
            "a17c9aaa61e80a1b",
            "4",
            "3a6eb0790f39ac87",
            "4",
            "77c7ce9a5d86bb38",
            "8d777f385d3dfec8",
            "NotSupportedError",
            "given up"
        ])
    );
}

/// Row 247.
#[test]
fn timing_safe_equal_compares_buffers() {
    let dev = answering(
        r#"
const bytes = (...values) => new Uint8Array(values);
const tried = (a, b) => { try { return crypto.subtle.timingSafeEqual(a, b); } catch (error) { return error.message; } };
return [tried(bytes(1, 2), bytes(1, 2)), tried(bytes(1, 2).buffer, bytes(1, 3)), tried(bytes(1), bytes(1, 2)), tried("a", bytes(1))];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            true,
            false,
            "Input buffers must have the same byte length.",
            "Failed to execute 'timingSafeEqual' on 'SubtleCrypto': parameter 1 is not of type 'ArrayBuffer or ArrayBufferView'."
        ])
    );
}

/// Row 247.
#[test]
fn every_algorithm_does_its_work() {
    let dev = answering(
        r#"
const data = new TextEncoder().encode("data");
const { subtle } = crypto;
const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
const failed = [];
for (const [make, uses, use] of [
  [{ name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"], { name: "AES-GCM", iv: new Uint8Array(12) }],
  [{ name: "AES-CBC", length: 128 }, ["encrypt", "decrypt"], { name: "AES-CBC", iv: new Uint8Array(16) }],
  [{ name: "AES-CTR", length: 128 }, ["encrypt", "decrypt"], { name: "AES-CTR", counter: new Uint8Array(16), length: 64 }],
  [{ name: "RSA-OAEP", ...rsa }, ["encrypt", "decrypt"], { name: "RSA-OAEP" }],
  [{ name: "RSA-PSS", ...rsa }, ["sign", "verify"], { name: "RSA-PSS", saltLength: 32 }],
  [{ name: "ECDSA", namedCurve: "P-384" }, ["sign", "verify"], { name: "ECDSA", hash: "SHA-384" }],
  [{ name: "ECDSA", namedCurve: "P-521" }, ["sign", "verify"], { name: "ECDSA", hash: "SHA-512" }],
  [{ name: "Ed25519" }, ["sign", "verify"], "Ed25519"],
]) {
  const keys = await subtle.generateKey(make, true, uses);
  const [lock, unlock] = [keys.publicKey ?? keys, keys.privateKey ?? keys];
  const done = uses[0] === "sign"
    ? await subtle.verify(use, lock, await subtle.sign(use, unlock, data), data)
    : new TextDecoder().decode(await subtle.decrypt(use, unlock, await subtle.encrypt(use, lock, data))) === "data";
  if (!done) failed.push(make.name);
}
const bits = async (name, more) => {
  const pair = await subtle.generateKey({ name, ...more }, true, ["deriveBits"]);
  return (await subtle.deriveBits({ name, public: pair.publicKey }, pair.privateKey, 256)).byteLength;
};
const secret = await subtle.importKey("raw", data, "PBKDF2", false, ["deriveKey"]);
const derived = await subtle.deriveKey({ name: "PBKDF2", hash: "SHA-1", salt: data, iterations: 10 }, secret, { name: "AES-GCM", length: 256 }, true, ["encrypt"]);
const hkdf = await subtle.importKey("raw", data, "HKDF", false, ["deriveBits"]);
const wrapping = await subtle.generateKey({ name: "AES-KW", length: 256 }, true, ["wrapKey", "unwrapKey"]);
const wrapped = await subtle.wrapKey("raw", derived, wrapping, "AES-KW");
const unwrapped = await subtle.unwrapKey("raw", wrapped, wrapping, "AES-KW", "AES-GCM", true, ["encrypt"]);
return [failed, await bits("ECDH", { namedCurve: "P-256" }), await bits("X25519"), derived.algorithm.length, wrapped.byteLength, unwrapped.type,
  (await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: data, info: data }, hkdf, 128)).byteLength,
  crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(8)).length, unwrapped instanceof CryptoKey];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([[], 32, 32, 256, 40, "secret", 16, 36, 8, true])
    );
}

/// Row 247: what the standard does not have any more, and old code asks for.
#[test]
fn old_algorithms_do_their_work() {
    let dev = answering(
        r#"
const data = new TextEncoder().encode("d");
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const key = await crypto.subtle.importKey("raw", new TextEncoder().encode("k"), { name: "HMAC", hash: "MD5" }, true, ["sign", "verify"]);
const mac = await crypto.subtle.sign("HMAC", key, data);
const made = await crypto.subtle.generateKey({ name: "HMAC", hash: { name: "MD5" } }, true, ["sign"]);
const jwk = await crypto.subtle.importKey("jwk", { kty: "oct", k: "aGVsbG8" }, { name: "HMAC", hash: "MD5" }, false, ["sign"]);
const refused = [];
for (const attempt of [() => crypto.subtle.verify("HMAC", made, mac, data), () => crypto.subtle.exportKey("jwk", key), () => crypto.subtle.exportKey("raw", jwk)]) {
  refused.push((await attempt().catch((error) => error)).name);
}
const old = { name: "NODE-ED25519", namedCurve: "NODE-ED25519" };
const pair = await crypto.subtle.generateKey(old, true, ["sign", "verify"]);
const signature = await crypto.subtle.sign(old, pair.privateKey, data);
const raw = await crypto.subtle.importKey("raw", await crypto.subtle.exportKey("raw", pair.publicKey), old, true, ["verify"]);
return [hex(mac), key.algorithm, await crypto.subtle.verify("HMAC", key, mac, data), await crypto.subtle.verify("HMAC", key, mac, mac),
  (await crypto.subtle.exportKey("raw", made)).byteLength, jwk.algorithm.length, refused,
  raw.algorithm.name, await crypto.subtle.verify("NODE-ED25519", raw, signature, data)];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "7f330edb3a84f317f7ca433d60 38ff9a".replace(' ', ""),
            { "name": "HMAC", "hash": { "name": "MD5" }, "length": 8 },
            true,
            false,
            64,
            40,
            ["InvalidAccessError", "NotSupportedError", "InvalidAccessError"],
            "NODE-ED25519",
            true
        ])
    );
}

/// Row 244. Whoever awaits a digest finds the room as it was, and answers in the order of the messages.
#[test]
fn no_event_passes_a_handler_that_awaits_crypto() {
    let dev = Dev::inline(
        r#"
export default class {
  count = 0;
  async onMessage(message, conn) {
    const { count } = this;
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(message));
    const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
    await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.privateKey, new Uint8Array(9));
    this.count = count + 1;
    conn.send(`${message} ${this.count}`);
  }
}"#,
    );
    let mut socket = dev.ws(ROOM);
    for number in 1..=50 {
        socket.send(&number.to_string());
    }
    for number in 1..=50 {
        assert_eq!(socket.text(), format!("{number} {number}"));
    }
}
