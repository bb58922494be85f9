//! Object buckets: `context.bindings.r2` (specification, section 9.4). The answers and texts of errors
//! are those of the original's local server.

use serde_json::{Value, json};

use crate::bindings_kv::{RUNNER, run};
use crate::harness::{Dev, Project};

fn project() -> Project {
    Project::inline(RUNNER).config(
        "bindings",
        json!({ "r2": { "r2": "bucket", "other": "x" } }),
    )
}

fn check(dev: &Dev, cases: &[(&str, Value)]) {
    for (code, expected) in cases {
        assert_eq!(run(dev, "/parties/main/r", code), *expected, "{code}");
    }
}

const HELLO_MD5: &str = "5d41402abc4b2a76b9719d911017c592";

/// Row 151.
#[test]
fn object_is_put_read_in_each_way_and_deleted() {
    let dev = project().dev();
    let cases = [
        (
            r#"const o = await r2.put("a", "hello", { httpMetadata: { contentType: "text/x", cacheExpiry: new Date(1700000000000) }, customMetadata: { who: "me" } });
            return [o.key, o.size, o.etag, o.httpEtag, o.checksums, o.httpMetadata, o.customMetadata, o.uploaded instanceof Date, o.constructor.name];"#,
            json!(["a", 5, HELLO_MD5, format!("\"{HELLO_MD5}\""), { "md5": HELLO_MD5 },
                { "contentType": "text/x", "cacheExpiry": "2023-11-14T22:13:20.000Z" }, { "who": "me" }, true, "HeadResult"]),
        ),
        (
            r#"const o = await r2.get("a"); return [o.bodyUsed, await o.text(), o.bodyUsed, o.body.locked, o.range, o.constructor.name];"#,
            json!([false, "hello", true, true, { "offset": 0, "length": 5 }, "GetResult"]),
        ),
        (
            r#"const o = await r2.get("a"); const b = await o.blob(); return [b.type, b.size, (await (await r2.get("a")).arrayBuffer()).byteLength];"#,
            json!(["text/x", 5, 5]),
        ),
        (
            r#"const o = await r2.get("a"); await o.text(); return o.text();"#,
            json!(
                "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice."
            ),
        ),
        (
            r#"const h = new Headers(); (await r2.head("a")).writeHttpMetadata(h); return [...h];"#,
            json!([
                ["content-type", "text/x"],
                ["expires", "Tue, 14 Nov 2023 22:13:20 GMT"]
            ]),
        ),
        (
            r#"return [await other.get("a"), await r2.head("gone"), "body" in (await r2.head("a"))];"#,
            json!([null, null, false]),
        ),
        (
            r#"await r2.put("s", new Response("from a stream").body); await r2.put("b", new Blob(["blob"])); await r2.put("n", null);
            const read = async (k) => (await r2.get(k)).text(); return [await read("s"), await read("b"), await read("n")];"#,
            json!(["from a stream", "blob", ""]),
        ),
        (
            r#"await r2.delete(["a", "s", "gone"]); await r2.delete("b"); return (await r2.list()).objects.map((o) => o.key);"#,
            json!(["n"]),
        ),
    ];
    check(&dev, &cases);
}

/// Row 151.
#[test]
fn ranges_conditions_and_digests_are_honoured() {
    let dev = project().dev();
    run(&dev, "/parties/main/r", r#"await r2.put("a", "hello");"#);
    let part = |range: &str| {
        format!(
            r#"const o = await r2.get("a", {{ range: {range} }}); return [await o.text(), o.range.offset, o.range.length];"#
        )
    };
    let unsatisfiable = json!("Error: get: The requested range is not satisfiable (10039)");
    for (range, expected) in [
        ("{ offset: 1, length: 2 }", json!(["el", 1, 2])),
        ("{ offset: 3 }", json!(["lo", 3, 2])),
        ("{ suffix: 20 }", json!(["hello", 0, 5])),
        ("{ offset: 2, length: 100 }", json!(["llo", 2, 3])),
        (
            r#"new Headers({ range: "bytes=1-2" })"#,
            json!(["el", 1, 2]),
        ),
        (
            r#"new Headers({ range: "lines=1" })"#,
            json!(["hello", 0, 5]),
        ),
        ("{ offset: 10 }", unsatisfiable.clone()),
        ("{ suffix: 0 }", unsatisfiable),
        (
            "{ offset: -1 }",
            json!(
                "RangeError: Invalid range. Starting offset (-1) must be greater than or equal to 0."
            ),
        ),
        (
            "{ offset: 1, suffix: 1 }",
            json!("TypeError: Suffix is incompatible with offset."),
        ),
    ] {
        assert_eq!(
            run(&dev, "/parties/main/r", &part(range)),
            expected,
            "{range}"
        );
    }
    let cases = [
        (
            r#"const { etag, httpEtag } = await r2.head("a"); const body = async (onlyIf) => "body" in (await r2.get("a", { onlyIf }));
            return [await body({ etagMatches: etag }), await body({ etagMatches: "x" }), await body({ etagDoesNotMatch: etag }),
              await body(new Headers({ "if-none-match": httpEtag })), await body(new Headers({ "if-match": "*" })),
              await body({ uploadedAfter: new Date(Date.now() + 5000) }), await body({ uploadedBefore: new Date(Date.now() + 5000) })];"#,
            json!([true, false, false, false, true, false, true]),
        ),
        (
            r#"return [await r2.put("new", "x", { onlyIf: { etagMatches: "abc" } }), await r2.put("a", "x", { onlyIf: new Headers({ "if-none-match": "*" }) }),
              (await r2.put("once", "x", { onlyIf: new Headers({ "if-none-match": "*" }) })).key, await (await r2.get("a")).text()];"#,
            json!([null, null, "once", "hello"]),
        ),
        (
            r#"const o = await r2.put("sha", "hello", { sha256: await crypto.subtle.digest("SHA-256", new TextEncoder().encode("hello")) }); return Object.keys(o.checksums.toJSON());"#,
            json!(["md5", "sha256"]),
        ),
        (
            r#"return r2.put("md5", "hello", { md5: "0".repeat(32) });"#,
            json!(format!(
                "Error: put: The MD5 checksum you specified did not match what we received.\nYou provided a MD5 checksum with value: {}\nActual MD5 was: {HELLO_MD5} (10037)",
                "0".repeat(32)
            )),
        ),
        (
            r#"return r2.put("md5", "hello", { md5: "abcd" });"#,
            json!("TypeError: MD5 is 32 hex characters, not 4"),
        ),
        (r#"return r2.head("md5");"#, json!(null)),
        (
            r#"return r2.put("x".repeat(1025), "x");"#,
            json!("Error: put: The specified object name is not valid. (10020)"),
        ),
    ];
    check(&dev, &cases);
}

/// Row 151.
#[test]
fn list_groups_by_a_delimiter_and_comes_in_parts() {
    let dev = project().dev();
    let cases = [
        (
            r#"for (const key of ["dir/a", "dir/b", "dir/sub/c", "dirx", "a"]) await r2.put(key, "1", { customMetadata: { k: key } });
            const l = await r2.list({ prefix: "dir", delimiter: "/" }); return [l.objects.map((o) => o.key), l.delimitedPrefixes, l.truncated, "cursor" in l];"#,
            json!([["dirx"], ["dir/"], false, false]),
        ),
        (
            r#"const l = await r2.list({ prefix: "dir/", delimiter: "/" }); return [l.objects.map((o) => o.key), l.delimitedPrefixes];"#,
            json!([["dir/a", "dir/b"], ["dir/sub/"]]),
        ),
        (
            r#"const parts = []; let cursor; do { const l = await r2.list({ delimiter: "/", limit: 1, cursor }); parts.push([...l.objects.map((o) => o.key), ...l.delimitedPrefixes]); cursor = l.cursor; } while (cursor); return parts;"#,
            json!([["a"], ["dir/"], ["dirx"]]),
        ),
        (
            r#"return (await r2.list({ startAfter: "dir/b" })).objects.map((o) => o.key);"#,
            json!(["dir/sub/c", "dirx"]),
        ),
        (
            r#"const l = await r2.list({ prefix: "a" }); const m = await r2.list({ prefix: "a", include: ["customMetadata"] }); return [l.objects[0].customMetadata, m.objects[0].customMetadata];"#,
            json!([{}, { "k": "a" }]),
        ),
        (
            r#"return r2.list({ limit: 0 });"#,
            json!("Error: list: MaxKeys params must be positive integer <= 1000. (10022)"),
        ),
        (
            r#"return r2.list({ include: ["bogus"] });"#,
            json!("RangeError: Unsupported include value bogus"),
        ),
    ];
    check(&dev, &cases);
}

/// Row 151.
#[test]
fn parts_become_one_object() {
    let dev = project().dev();
    let cases = [
        (
            r#"const u = await r2.createMultipartUpload("big", { customMetadata: { a: "b" } });
            const p1 = await u.uploadPart(1, new Uint8Array(5 * 1024 * 1024).fill(97));
            const p2 = await r2.resumeMultipartUpload("big", u.uploadId).uploadPart(2, "end");
            const o = await u.complete([p2, p1]);
            const tail = await (await r2.get("big", { range: { suffix: 5 } })).text();
            return [o.size, o.etag.endsWith("-2"), o.checksums, o.customMetadata, tail];"#,
            json!([5 * 1024 * 1024 + 3, true, {}, { "a": "b" }, "aaend"]),
        ),
        (
            r#"const u = await r2.createMultipartUpload("small"); const parts = [await u.uploadPart(1, "a"), await u.uploadPart(2, "b")]; return u.complete(parts);"#,
            json!(
                "Error: completeMultipartUpload: Your proposed upload is smaller than the minimum allowed object size. (10011)"
            ),
        ),
        (
            r#"const u = await r2.createMultipartUpload("x"); return u.complete([{ partNumber: 1, etag: "x" }]);"#,
            json!(
                "Error: completeMultipartUpload: One or more of the specified parts could not be found. (10025)"
            ),
        ),
        (
            r#"const u = await r2.createMultipartUpload("x"); await u.abort(); await u.abort(); return u.uploadPart(1, "a");"#,
            json!("Error: uploadPart: The specified multipart upload does not exist. (10024)"),
        ),
        (
            r#"return r2.resumeMultipartUpload("x", "bogus").uploadPart(0, "a");"#,
            json!(
                "TypeError: Part number must be between 1 and 10000 (inclusive). Actual value was: 0"
            ),
        ),
    ];
    check(&dev, &cases);
}

/// Row 151.
#[test]
fn large_object_streams_in_and_out_and_survives_what_happens_to_its_key() {
    let mut dev = Project::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    const { files } = this.room.context.bindings.r2;
    if (req.method === "PUT") return Response.json((await files.put("big", req.body)).size);
    const object = await files.get("big");
    if (req.url.endsWith("?replaced")) {
      await files.put("big", "small");
      await files.delete("big");
    }
    return new Response(object.body, { headers: { etag: object.httpEtag } });
  }
}"#,
    )
    .config("bindings", json!({ "r2": { "files": "bucket" } }))
    .dev();
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|n| (n % 251) as u8).collect();
    let put = dev.request("PUT", "/parties/main/a").body(&bytes).send();
    assert_eq!(put.json(), 5_000_000);
    assert!(dev.get("/parties/main/b").body == bytes);
    dev.restart();
    assert!(dev.get("/parties/main/b?replaced").body == bytes);
    assert_eq!(dev.get("/parties/main/b").status, 500);
}
