//! `caches` in a room's isolate (specification, section 11).

use serde_json::json;

use crate::harness::{Dev, Project, ROOM};
use crate::platform::answering;

/// Row 250.
#[test]
fn kept_responses_come_back() {
    let dev = answering(
        r#"
const cache = caches.default;
const url = "http://host/a?q=1";
const kept = new Response("body", { status: 203, headers: { "cache-control": "max-age=60", "x-a": "1" } });
const before = await cache.match(url);
const put = await cache.put(url, kept);
const hit = await cache.match(new Request(`${url}#fragment`));
const other = await cache.match("http://host/a?q=2");
return [before ?? "nothing", put ?? "nothing", kept.bodyUsed, hit.status, hit.headers.get("x-a"), hit.headers.get("cf-cache-status"), hit.headers.get("age"),
  await hit.text(), other ?? "nothing", await cache.delete(url), await cache.delete(url), (await cache.match(url)) ?? "nothing"];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "nothing", "nothing", true, 203, "1", "HIT", "0", "body", "nothing", true, false,
            "nothing"
        ])
    );
}

/// Row 250.
#[test]
fn headers_decide_what_is_kept() {
    let dev = answering(
        r#"
const soon = new Date(Date.now() + 60_000).toUTCString();
const out = {};
for (const [name, status, headers] of [
  ["nothing said", 200, {}],
  ["max-age", 200, { "cache-control": "public, max-age=60" }],
  ["zero", 200, { "cache-control": "max-age=0" }],
  ["shared", 200, { "cache-control": "max-age=0, s-maxage=60" }],
  ["private", 200, { "cache-control": "private, max-age=60" }],
  ["no-store", 200, { "cache-control": "no-store" }],
  ["expires", 200, { expires: soon }],
  ["expired", 200, { expires: new Date(0).toUTCString() }],
  ["cookie", 200, { "cache-control": "max-age=60", "set-cookie": "a=1" }],
  ["private cookie", 200, { "cache-control": "private=set-cookie, max-age=60", "set-cookie": "a=1" }],
  ["not found", 404, { "cache-control": "max-age=60" }],
  ["failed", 500, { "cache-control": "max-age=60" }],
]) {
  const url = `http://host/${encodeURIComponent(name)}`;
  await caches.default.put(url, new Response("x", { status, headers }));
  const hit = await caches.default.match(url);
  out[name] = hit === undefined ? false : hit.headers.get("set-cookie") ?? true;
}
return out;"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!({
            "nothing said": false, "max-age": true, "zero": false, "shared": true, "private": false,
            "no-store": false, "expires": true, "expired": false, "cookie": false,
            "private cookie": true, "not found": true, "failed": false
        })
    );
}

/// Row 250.
#[test]
fn what_is_over_is_gone() {
    let dev = answering(
        r#"
const url = "http://host/short";
await caches.default.put(url, new Response("x", { headers: { "cache-control": "max-age=1" } }));
const before = await caches.default.match(url) !== undefined;
await scheduler.wait(1100);
return [before, await caches.default.match(url) !== undefined];"#,
    );
    assert_eq!(dev.json(ROOM), json!([true, false]));
}

/// Row 250.
#[test]
fn conditions_and_ranges_are_answered() {
    let dev = answering(
        r#"
const url = "http://host/whole";
await caches.default.put(url, new Response("0123456789", { headers: {
  "cache-control": "max-age=60", etag: '"e"', "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT", "content-type": "text/plain" } }));
const ask = async (headers) => {
  const hit = await caches.default.match(new Request(url, { headers }));
  return [hit.status, hit.headers.get("content-range"), (await hit.text()).replaceAll(/partyrun-[0-9a-f]+(-[0-9a-f]+){4}/g, "B")];
};
return [await ask({ "if-none-match": 'W/"e", "f"' }), await ask({ "if-none-match": '"f"' }),
  await ask({ "if-modified-since": "Thu, 22 Oct 2015 07:28:00 GMT" }), await ask({ "if-modified-since": "Tue, 20 Oct 2015 07:28:00 GMT" }),
  await ask({ range: "bytes=2-4" }), await ask({ range: "bytes=-3" }), await ask({ range: "bytes=8-" }), await ask({ range: "bytes=10-" }),
  await ask({ range: "lines=1" }), (await ask({ range: "bytes=0-0,9-9" }))[2].split("\r\n")];"#,
    );
    let whole = json!([200, null, "0123456789"]);
    assert_eq!(
        dev.json(ROOM),
        json!([
            [304, null, ""],
            whole,
            [304, null, ""],
            whole,
            [206, "bytes 2-4/10", "234"],
            [206, "bytes 7-9/10", "789"],
            [206, "bytes 8-9/10", "89"],
            [416, "bytes */10", ""],
            whole,
            [
                "--B",
                "Content-Type: text/plain",
                "Content-Range: bytes 0-0/10",
                "",
                "0",
                "--B",
                "Content-Type: text/plain",
                "Content-Range: bytes 9-9/10",
                "",
                "9",
                "--B--"
            ]
        ])
    );
}

/// Row 250.
#[test]
fn named_caches_are_apart() {
    let dev = answering(
        r#"
const mine = await caches.open("mine");
await mine.put("http://host/n", new Response("named", { headers: { "cache-control": "max-age=60" } }));
const again = await (await caches.open("mine")).match("http://host/n");
const elsewhere = await (await caches.open("other")).match("http://host/n");
return [await again.text(), elsewhere ?? "nothing", (await caches.default.match("http://host/n")) ?? "nothing"];"#,
    );
    assert_eq!(dev.json(ROOM), json!(["named", "nothing", "nothing"]));
}

/// Row 250.
#[test]
fn wrong_use_of_a_cache_is_refused() {
    let dev = answering(
        r#"
const url = "http://host/w";
const out = [];
for (const attempt of [
  () => caches.default.put(new Request(url, { method: "POST" }), new Response("x")),
  () => caches.default.put(url, new Response("x", { status: 206 })),
  () => caches.default.put(url, new Response("x", { headers: { vary: "*" } })),
  () => caches.default.put(url, {}),
  () => caches.default.match(),
  () => caches.default.match("/relative"),
  () => caches.default.keys(),
  () => caches.has("mine"),
  async () => { const used = new Response("x", { headers: { "cache-control": "max-age=60" } }); await used.text(); await caches.default.put(url, used); },
  () => new Cache(),
]) {
  try { await attempt(); out.push("nothing"); } catch (error) { out.push(error.message); }
}
return out;"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "Cannot cache response to non-GET request.",
            "Cannot cache response to a range request (206 Partial Content).",
            "Cannot cache response with 'Vary: *' header.",
            "Failed to execute 'put' on 'Cache': parameter 2 is not of type 'Response'.",
            "Failed to execute 'match' on 'Cache': parameter 1 is not of type 'Request or string'.",
            "Invalid URL: /relative",
            "Failed to execute 'keys' on 'Cache': the method is not implemented.",
            "Failed to execute 'has' on 'CacheStorage': the method is not implemented.",
            "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
            "Illegal constructor"
        ])
    );
}

/// Row 250: one cache for all rooms and the worker of a project, which outlives the process.
#[test]
fn cache_is_the_projects_and_survives_a_restart() {
    let mut dev: Dev = Project::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest() {
    const hit = await caches.default.match("http://host/shared");
    if (hit) return new Response(this.room.id + " reads " + await hit.text());
    await caches.default.put("http://host/shared", new Response("by " + this.room.id, { headers: { "cache-control": "max-age=600" } }));
    return new Response("kept");
  }
  static async onFetch() {
    return (await caches.default.match("http://host/shared")) ?? new Response("none");
  }
}"#,
    )
    .dev();
    assert_eq!(dev.get("/").text(), "none");
    assert_eq!(dev.get("/parties/main/one").text(), "kept");
    assert_eq!(dev.get("/parties/main/two").text(), "two reads by one");
    assert_eq!(dev.get("/").text(), "by one");
    dev.restart();
    assert_eq!(dev.get("/parties/main/three").text(), "three reads by one");
}
