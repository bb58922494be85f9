//! Key-value namespaces: `context.bindings.kv` (specification, section 9.4). The answers and texts of
//! errors are those of the original's local server.

use serde_json::{Value, json};

use crate::harness::{Dev, Project};

/// Runs what it is sent, with `room`, and answers the outcome or the error.
pub const RUNNER: &str = r#"
const AsyncFunction = (async () => {}).constructor;
async function run(code, values) {
  try {
    return Response.json((await new AsyncFunction(...Object.keys(values), code)(...Object.values(values))) ?? null);
  } catch (error) {
    return Response.json(`${error.name}: ${error.message}`);
  }
}
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    return run(await req.text(), { room: this.room, ...this.room.context.bindings.kv, ...this.room.context.bindings.r2 });
  }
  static async onFetch(req, lobby) {
    return run(await req.text(), { lobby, ...lobby.bindings.kv, ...lobby.bindings.r2 });
  }
}"#;

/// The outcome of code that runs in a room, or with another path in `onFetch`.
pub fn run(dev: &Dev, path: &str, code: &str) -> Value {
    let response = dev.post(path, code);
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

fn project() -> Project {
    Project::inline(RUNNER).config("bindings", json!({ "kv": { "kv": "id", "other": "id" } }))
}

fn check(dev: &Dev, cases: &[(&str, Value)]) {
    for (code, expected) in cases {
        assert_eq!(run(dev, "/parties/main/r", code), *expected, "{code}");
    }
}

/// Row 151.
#[test]
fn value_is_put_read_as_each_type_and_deleted() {
    let dev = project().dev();
    let cases = [
        (
            r#"await kv.put("a", "1"); return [await kv.get("a"), await other.get("a")];"#,
            json!(["1", null]),
        ),
        (
            r#"return [await kv.get("a", "json"), await kv.get("a", { type: "json" })];"#,
            json!([1, 1]),
        ),
        (
            r#"return [...new Uint8Array(await kv.get("a", "arrayBuffer"))];"#,
            json!([49]),
        ),
        (
            r#"return await new Response(await kv.get("a", "stream")).text();"#,
            json!("1"),
        ),
        (
            r#"await kv.put("v", new Uint8Array([104, 105]).subarray(1)); return kv.get("v");"#,
            json!("i"),
        ),
        (
            r#"await kv.put("s", new Response("streamed").body); return kv.get("s");"#,
            json!("streamed"),
        ),
        (
            r#"await kv.put("n", 5); await kv.put("null", null); return [await kv.get("n"), await kv.get("null")];"#,
            json!(["5", "null"]),
        ),
        (
            r#"return [...(await kv.get(["a", "gone"], "json"))];"#,
            json!([["a", 1], ["gone", null]]),
        ),
        (
            r#"await kv.delete("a"); await kv.delete("gone"); return kv.get("a");"#,
            json!(null),
        ),
        (
            r#"await kv.put("m", "1", { metadata: { a: [1] } }); return kv.getWithMetadata("m", "json");"#,
            json!({ "value": 1, "metadata": { "a": [1] }, "cacheStatus": null }),
        ),
        (
            r#"return kv.getWithMetadata("gone");"#,
            json!({ "value": null, "metadata": null, "cacheStatus": null }),
        ),
    ];
    check(&dev, &cases);
}

/// Row 151.
#[test]
fn mistakes_have_the_words_of_the_original() {
    let dev = project().dev();
    let cases = [
        (
            r#"return kv.get("");"#,
            "TypeError: Key name cannot be empty.",
        ),
        (
            r#"return kv.put("..", "x");"#,
            r#"TypeError: ".." is not allowed as a key name."#,
        ),
        (
            r#"return kv.put("\u00e9".repeat(257), "1");"#,
            "Error: KV PUT failed: 414 UTF-8 encoded length of 514 exceeds key length limit of 512.",
        ),
        (
            r#"await kv.put("a", "1"); return kv.get("a", "blob");"#,
            r#"TypeError: Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream"."#,
        ),
        (
            r#"return kv.put("x", { a: 1 });"#,
            "TypeError: KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.",
        ),
        (
            r#"return kv.put("x");"#,
            "TypeError: Failed to execute 'put' on 'KvNamespace': parameter 2 is not of type 'string or JsObject'.",
        ),
        (
            r#"return kv.put("x", "1", { expirationTtl: 30 });"#,
            "Error: KV PUT failed: 400 Invalid expiration_ttl of 30. Expiration TTL must be at least 60.",
        ),
        (
            r#"return kv.put("x", "1", { expiration: 1 });"#,
            "Error: KV PUT failed: 400 Invalid expiration of 1. Please specify integer greater than the current number of seconds since the UNIX epoch.",
        ),
        (
            r#"return kv.put("x", "1", { metadata: "x".repeat(1024) });"#,
            "Error: KV PUT failed: 413 Metadata length of 1026 exceeds limit of 1024.",
        ),
        (
            r#"return kv.put("x", new Uint8Array(25 * 1024 * 1024 + 1));"#,
            "Error: KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.",
        ),
        (
            r#"return kv.list({ limit: 1001 });"#,
            "Error: KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.",
        ),
        (
            r#"const { get } = kv; return await get("a");"#,
            "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
        ),
    ];
    for (code, expected) in cases {
        check(&dev, &[(code, json!(expected))]);
    }
}

/// Row 151.
#[test]
fn list_comes_in_order_and_in_parts() {
    let dev = project().dev();
    let cases = [
        (
            r#"for (const key of ["b", "a", "\u{1f600}", "\uffff", "ab"]) await kv.put(key, "1"); return (await kv.list()).keys.map((k) => k.name);"#,
            json!(["a", "ab", "b", "\u{ffff}", "\u{1f600}"]),
        ),
        (
            r#"return kv.list({ prefix: "a" });"#,
            json!({ "keys": [{ "name": "a" }, { "name": "ab" }], "list_complete": true, "cacheStatus": null }),
        ),
        (
            r#"const names = []; let cursor; do {
              const part = await kv.list({ limit: 2, cursor });
              names.push(part.keys.map((k) => k.name)); cursor = part.cursor;
              if (part.list_complete !== (cursor === undefined)) throw new Error("cursor");
            } while (cursor); return names;"#,
            json!([["a", "ab"], ["b", "\u{ffff}"], ["\u{1f600}"]]),
        ),
        (
            r#"const soon = Math.floor(Date.now() / 1000) + 100; await kv.put("e", "1", { expiration: soon, metadata: 5 });
            const { keys } = await kv.list({ prefix: "e" }); return [keys[0].expiration === soon, keys[0].metadata];"#,
            json!([true, 5]),
        ),
    ];
    check(&dev, &cases);
}

/// Row 151.
#[test]
fn namespace_is_the_same_for_rooms_and_static_handlers_and_after_a_restart() {
    let mut dev = project().dev();
    run(
        &dev,
        "/parties/main/a",
        r#"await kv.put("shared", "from a");"#,
    );
    let read = r#"return kv.get("shared");"#;
    assert_eq!(run(&dev, "/parties/main/b", read), "from a");
    assert_eq!(run(&dev, "/elsewhere", read), "from a");
    dev.restart();
    assert_eq!(run(&dev, "/parties/main/b", read), "from a");
}
