//! `onBeforeRequest` and what is common to the handlers that run in front of a room.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Dev, Project, ROOM};

/// A server whose `onBeforeRequest` has this body, and whose room tells what it was given.
fn before(body: &str) -> Dev {
    Dev::inline(&format!(
        r#"
export default class {{
  static async onBeforeRequest(req, lobby, ctx) {{ {body} }}
  constructor(readonly room) {{ console.log("room " + room.id + " made"); }}
  async onRequest(req) {{
    return Response.json({{
      id: this.room.id, url: req.url, method: req.method, added: req.headers.get("x-added"),
      country: req.cf?.country ?? null, body: await req.text(),
    }});
  }}
}}"#
    ))
}

/// Row 33.
#[test]
fn on_before_request_may_change_headers() {
    let dev = before(r#"req.headers.set("x-added", "by hand"); return req;"#);
    let answer = dev.post(ROOM, "the body").json();
    assert_eq!(answer["added"], "by hand");
    assert_eq!(answer["body"], "the body");
    assert_eq!(answer["country"], "US");
}

/// Row 34.
#[test]
fn on_before_request_may_answer_itself() {
    let dev =
        before(r#"return new Response("no", { status: 403, headers: { "x-why": "closed" } });"#);
    let answer = dev.get(ROOM);
    assert_eq!((answer.status, answer.text().as_str()), (403, "no"));
    assert_eq!(answer.header("x-why"), Some("closed"));
    assert!(!dev.stdout().contains("made"), "the room is not created");
}

/// Row 34.
#[test]
fn party_that_only_answers_in_front_needs_no_on_request() {
    let dev = Dev::inline(
        r#"export default class { static onBeforeRequest() { return new Response("front") } }"#,
    );
    assert_eq!(dev.get(ROOM).text(), "front");
}

/// Row 35.
#[test]
fn on_before_request_may_replace_the_request() {
    let dev = before(
        r#"return new Request(req.url + "?rewritten=1", { method: "PUT", body: "new", headers: { "x-added": "new" } });"#,
    );
    let answer = dev.json(ROOM);
    assert_eq!(
        answer["url"],
        format!("http://{}{ROOM}?rewritten=1", dev.host())
    );
    assert_eq!(answer["method"], "PUT");
    assert_eq!(answer["added"], "new");
    assert_eq!(answer["body"], "new");
    assert_eq!(answer["id"], "r");
}

/// Row 36.
#[test]
fn error_in_on_before_request_is_401() {
    let dev = before(r#"throw new Error("not you");"#);
    let answer = dev.get(ROOM);
    assert_eq!((answer.status, answer.text().as_str()), (401, "not you"));
    dev.prints("not you");
}

/// Row 36.
#[test]
fn thrown_text_in_on_before_request_is_the_body() {
    let answer = before(r#"throw "just text";"#).get(ROOM);
    assert_eq!((answer.status, answer.text().as_str()), (401, "just text"));
}

/// Row 37.
#[test]
fn empty_rejection_in_on_before_request() {
    let text = before(r#"throw "";"#).get(ROOM);
    assert_eq!((text.status, text.text().as_str()), (401, "Unauthorised"));
    let error = before(r#"throw new Error("");"#).get(ROOM);
    assert_eq!((error.status, error.text().as_str()), (401, ""));
}

/// Row 38.
#[test]
fn on_before_request_must_return_something() {
    let answer = before("").get(ROOM);
    let expected = (500, "Invalid URL: undefined");
    assert_eq!((answer.status, answer.text().as_str()), expected);
}

/// Row 38.
#[test]
fn on_before_request_may_return_a_url() {
    let dev = Dev::inline(
        r#"
export default class {
  static onBeforeRequest(req) { return new URL("/parties/main/r/moved?x=1", req.url); }
  onRequest(req) { return Response.json([req.method, new URL(req.url).pathname, [...req.headers].length]); }
}"#,
    );
    assert_eq!(
        dev.post(ROOM, "lost").json(),
        json!(["GET", "/parties/main/r/moved", 0])
    );
}

#[test]
fn body_that_was_read_in_front_cannot_go_on() {
    let answer = before("await req.text(); return req;").post(ROOM, "text");
    let expected = (500, "Cannot reconstruct a Request with a used body.");
    assert_eq!((answer.status, answer.text().as_str()), expected);
}

/// Row 39.
#[test]
fn on_before_request_must_be_a_function() {
    let answer = Dev::inline("export default class { static onBeforeRequest = 5; onRequest() {} }")
        .get(ROOM);
    let expected = (500, ".onBeforeRequest must be a function");
    assert_eq!((answer.status, answer.text().as_str()), expected);
}

/// Row 46.
#[test]
fn sub_party_has_its_own_handlers() {
    let party = |name: &str| {
        format!(
            r#"export default class {{
  static onBeforeRequest() {{ return new Response("{name}") }}
  static onBeforeConnect() {{ return new Response("{name}", {{ status: 403 }}) }}
}}"#
        )
    };
    let dev = Project::inline(&party("main"))
        .party("sub", &party("sub"))
        .dev();
    assert_eq!(dev.get("/parties/main/r").text(), "main");
    assert_eq!(dev.get("/parties/sub/r").text(), "sub");
    assert_eq!(dev.refused("/parties/sub/r").text(), "sub");
}

/// Row 47.
#[test]
fn inherited_statics_count() {
    let dev = Dev::inline(
        r#"
class Base {
  static onFetch() { return new Response("inherited fetch") }
  static onBeforeRequest() { return new Response("inherited before") }
}
export default class extends Base {}"#,
    );
    assert_eq!(dev.get("/x").text(), "inherited fetch");
    assert_eq!(dev.get(ROOM).text(), "inherited before");
}

/// Row 48.
#[test]
fn lobby_has_its_members() {
    let dev = before("return Response.json({ keys: Object.keys(lobby), id: lobby.id });");
    let answer = dev.json("/parties/main/a%20b/c");
    assert_eq!(answer["id"], "a%20b");
    assert_eq!(
        answer["keys"],
        json!([
            "id",
            "env",
            "ai",
            "parties",
            "assets",
            "vectorize",
            "analytics",
            "bindings"
        ])
    );
}

/// Row 49.
#[test]
fn lobby_reaches_rooms() {
    let dev = before(
        r#"return lobby.id === "front" ? lobby.parties.main.get("back").fetch("/deep?x=1") : req;"#,
    );
    let answer = dev.json("/parties/main/front");
    assert_eq!(answer["id"], "back");
    assert_eq!(
        answer["url"],
        format!("http://{}/parties/main/back/deep?x=1", dev.host())
    );
}

/// Row 50.
#[test]
fn wait_until_work_continues_after_the_answer() {
    let dev = before(
        r#"
ctx.waitUntil(new Promise((done) => setTimeout(() => { console.log("work done"); done(); }, 200)));
return new Response("early");"#,
    );
    assert_eq!(dev.get(ROOM).text(), "early");
    assert!(!dev.stdout().contains("work done"));
    dev.stdout_has("work done");
}

/// Row 50.
#[test]
fn rejection_in_wait_until_harms_nobody() {
    let dev = before(
        r#"ctx.waitUntil(Promise.reject(new Error("lost work"))); return new Response("ok");"#,
    );
    assert_eq!(dev.get(ROOM).text(), "ok");
    thread::sleep(Duration::from_millis(100));
    assert_eq!(dev.get(ROOM).text(), "ok");
}

/// Row 51.
#[test]
fn context_has_pass_through_on_exception() {
    let dev =
        before("return Response.json([typeof ctx.passThroughOnException, typeof ctx.waitUntil]);");
    assert_eq!(dev.json(ROOM), json!(["function", "function"]));
}
