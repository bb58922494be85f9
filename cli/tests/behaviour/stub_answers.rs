//! What a call to another room comes to: redirects, aborts, and the response's own facts (section 2.8).

use serde_json::json;

use crate::harness::{Dev, Project, ROOM};

const TARGET: &str = r#"
export default class {
  async onRequest(req) {
    const { pathname } = new URL(req.url);
    if (pathname.endsWith("/away")) {
      return new Response("away", { status: 307, headers: { location: "http://else.test/there" } });
    }
    if (pathname.endsWith("/see")) return Response.redirect("http://else.test/there", 303);
    if (pathname.endsWith("/never")) return new Promise(() => {});
    return Response.json([req.method, req.url, await req.text(), typeof req.cf]);
  }
}"#;

/// A project whose main room answers with what this expression resolves to; `stub` is the target.
fn asking(expression: &str) -> Dev {
    Project::inline(&format!(
        r#"
export default class {{
  constructor(readonly room) {{}}
  async onRequest(req) {{
    const stub = this.room.context.parties.target.get("t");
    const base = "http://" + new URL(req.url).host + "/parties/target/t";
    const name = (url) => url.replace(base, "base");
    return Response.json(await ({expression}));
  }}
}}"#
    ))
    .party("target", TARGET)
    .dev()
}

/// Row 141.
#[test]
fn redirects_are_followed_inside_the_room() {
    let dev = asking(
        r#"Promise.all([
  stub.fetch("/away", { method: "PUT", body: "kept" }),
  stub.fetch("/see", { method: "POST", body: "dropped" }),
].map(async (answer) => { const r = await answer; return [r.url, r.redirected, await r.json()]; }))"#,
    );
    let there = "http://else.test/there";
    assert_eq!(
        dev.json(ROOM),
        json!([
            [there, true, ["PUT", there, "kept", "undefined"]],
            [there, true, ["GET", there, "", "undefined"]],
        ])
    );
}

/// Row 141.
#[test]
fn redirects_are_handed_over_when_asked_for() {
    let dev = asking(
        r#"stub.fetch("/away", { redirect: "manual" }).then((r) => [r.status, name(r.url), r.redirected])"#,
    );
    assert_eq!(dev.json(ROOM), json!([307, "base/away", false]));
}

/// Row 141.
#[test]
fn response_knows_its_url_and_is_immutable() {
    let dev = asking(
        r##"stub.fetch("/a?b#c").then(async (r) => {
  let error;
  try { r.headers.set("x", "y"); } catch (thrown) { error = thrown.constructor.name; }
  return [name(r.url), name((await r.json())[1]), error];
})"##,
    );
    assert_eq!(dev.json(ROOM), json!(["base/a?b", "base/a?b", "TypeError"]));
}

/// Row 141.
#[test]
fn answer_to_head_has_no_body() {
    let dev =
        asking(r#"stub.fetch({ method: "HEAD" }).then(async (r) => [r.status, await r.text()])"#);
    assert_eq!(dev.json(ROOM), json!([200, ""]));
}

/// Row 142.
#[test]
fn empty_path_is_no_path() {
    let dev = asking(r#"stub.fetch("").then(async (r) => name((await r.json())[1]))"#);
    assert_eq!(dev.json(ROOM), json!("base"));
}

/// Rows 26, 28.
#[test]
fn request_of_a_client_keeps_its_cf_through_a_stub() {
    let dev = asking(r#"stub.fetch(req).then((r) => r.json()).then((seen) => seen[3])"#);
    assert_eq!(dev.json(ROOM), json!("object"));
}

/// Row 141.
#[test]
fn caller_may_give_up() {
    let dev = asking(
        r#"Promise.all([AbortSignal.abort("at once"), AbortSignal.timeout(20)].map((signal) =>
  stub.fetch("/never", { signal }).then(() => "answered", (error) => error.name ?? error)))"#,
    );
    assert_eq!(dev.json(ROOM), json!(["at once", "TimeoutError"]));
}
