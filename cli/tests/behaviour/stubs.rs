//! Rooms calling rooms: `context.parties.<party>.get(id)`.

use serde_json::{Value, json};

use crate::harness::{Dev, Project, ROOM};

/// Tells a caller what its request looked like; sockets get an echo with the connection's facts.
const TARGET: &str = r#"
export default class {
  static onBeforeRequest() { return new Response("stopped at the door", { status: 403 }); }
  constructor(readonly room) {}
  async onRequest(req) {
    return Response.json({
      party: this.room.name, id: this.room.id, url: req.url, method: req.method,
      body: await req.text(), mine: req.headers.get("x-mine"),
    });
  }
  onConnect(conn, { request }) { conn.send("uri " + conn.uri + " " + request.headers.get("x-mine")); }
  onMessage(message, conn) { conn.send("echo " + message); }
}"#;

/// A project whose main room runs this body to answer, with `target` the stubs of another party.
fn calling(body: &str) -> Dev {
    Project::inline(&format!(
        r#"
const next = (socket) => new Promise((resolve) => {{
  socket.addEventListener("message", (event) => resolve(event.data), {{ once: true }});
}});
export default class {{
  constructor(readonly room) {{}}
  async onRequest(req) {{ const target = this.room.context.parties.target; const room = this.room; {body} }}
}}"#
    ))
    .party("target", TARGET)
    .dev()
}

/// The target's answer with the usual values filled in.
fn seen(dev: &Dev, changes: Value) -> Value {
    let mut all = json!({
        "party": "target", "id": "t", "url": format!("http://{}/parties/target/t", dev.host()),
        "method": "GET", "body": "", "mine": null,
    });
    for (key, value) in changes.as_object().expect("changes are an object") {
        all[key] = value.clone();
    }
    all
}

/// Rows 140, 143.
#[test]
fn fetch_reaches_the_room_and_not_its_door() {
    let dev = calling(r#"return target.get("t").fetch();"#);
    assert_eq!(dev.json(ROOM), seen(&dev, json!({})));
    assert_eq!(dev.get("/parties/target/t").text(), "stopped at the door");
}

/// Row 141.
#[test]
fn fetch_takes_a_path() {
    let dev = calling(r#"return target.get("t").fetch("/a/b?x=1");"#);
    let url = format!("http://{}/parties/target/t/a/b?x=1", dev.host());
    assert_eq!(dev.json(ROOM), seen(&dev, json!({ "url": url })));
}

/// Row 141.
#[test]
fn fetch_takes_an_init() {
    let dev = calling(
        r#"return target.get("t").fetch({ method: "POST", body: "hi", headers: { "x-mine": "1" } });"#,
    );
    assert_eq!(
        dev.json(ROOM),
        seen(&dev, json!({ "method": "POST", "body": "hi", "mine": "1" }))
    );
}

/// Row 141.
#[test]
fn fetch_takes_a_path_and_an_init() {
    let dev = calling(r#"return target.get("t").fetch("/p", { method: "PUT", body: "hi" });"#);
    let url = format!("http://{}/parties/target/t/p", dev.host());
    assert_eq!(
        dev.json(ROOM),
        seen(&dev, json!({ "url": url, "method": "PUT", "body": "hi" }))
    );
}

/// Row 141.
#[test]
fn fetch_takes_a_request_and_drops_its_url() {
    let dev = calling(
        r#"return target.get("t").fetch(new Request("http://x.test/dropped?y", { method: "POST", body: "b", headers: { "x-mine": "2" } }));"#,
    );
    assert_eq!(
        dev.json(ROOM),
        seen(&dev, json!({ "method": "POST", "body": "b", "mine": "2" }))
    );
}

/// Row 142.
#[test]
fn path_must_start_with_a_slash() {
    let dev = calling(
        r#"
const errors = [];
for (const path of ["no-slash", "?x=1", "http://x.test/"]) {
  try { target.get("t").fetch(path); errors.push("none"); } catch (error) { errors.push(error.message); }
}
try { await target.get("t").socket("no-slash"); } catch (error) { errors.push("rejected: " + error.message); }
return Response.json(errors);"#,
    );
    let text = "Path must start with /";
    assert_eq!(
        dev.json(ROOM),
        json!([text, text, text, format!("rejected: {text}")])
    );
}

/// Row 16.
#[test]
fn room_without_on_request_answers_a_stub() {
    let dev = Project::inline(
        r#"export default class {
  constructor(readonly room) {}
  onRequest() { return this.room.context.parties.bare.get("x").fetch(); }
}"#,
    )
    .party("bare", "export default class {}")
    .dev();
    let answer = dev.get(ROOM);
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "Invalid onRequest handler")
    );
}

/// Row 140.
#[test]
fn parties_and_stubs_have_their_members() {
    let dev = calling(
        r#"
const parties = room.context.parties;
return Response.json([Object.keys(parties), Object.keys(target.get("t")), parties.main === parties.main, typeof parties.zzz]);"#,
    );
    let expected = json!([
        ["target", "main"],
        ["fetch", "connect", "socket"],
        true,
        "undefined"
    ]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 140.
#[test]
fn id_of_a_stub_is_the_raw_text() {
    let dev = Dev::inline(
        r#"
export default class {
  count = 0;
  constructor(readonly room) {}
  async onRequest(req) {
    if (this.room.id === "r") return this.room.context.parties.main.get(await req.text()).fetch();
    return new Response(this.room.id + " " + ++this.count);
  }
}"#,
    );
    assert_eq!(dev.post(ROOM, "plain").text(), "plain 1");
    assert_eq!(dev.get("/parties/main/plain").text(), "plain 2");
    assert_eq!(dev.post(ROOM, "a%20b").text(), "a%20b 1");
    assert_eq!(dev.get("/parties/main/a%20b").text(), "a%20b 2");
    assert_eq!(
        dev.post(ROOM, "a b").text(),
        "a%20b 1",
        "another room than its encoded twin"
    );
}

/// Row 141.
#[test]
fn status_headers_and_stream_come_back() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest() {
    if (this.room.id === "inner") {
      const body = new ReadableStream({
        async start(controller) {
          for (const part of ["a", "b", "c"]) {
            controller.enqueue(new TextEncoder().encode(part));
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          controller.close();
        },
      });
      return new Response(body, { status: 207, headers: { "x-inner": "yes" } });
    }
    const answer = await this.room.context.parties.main.get("inner").fetch();
    return new Response([answer.status, answer.headers.get("x-inner"), await answer.text()].join());
  }
}"#,
    );
    assert_eq!(dev.get(ROOM).text(), "207,yes,abc");
}

/// Row 141.
#[test]
fn error_in_the_called_room_is_an_answer() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest() {
    if (this.room.id === "inner") throw Object.assign(new Error("inner trouble"), { code: 418 });
    const answer = await this.room.context.parties.main.get("inner").fetch();
    return Response.json([answer.status, await answer.text()]);
  }
}"#,
    );
    assert_eq!(dev.json(ROOM), json!([418, "inner trouble"]));
}

/// Row 144.
#[test]
fn socket_is_open_and_speaks_both_ways() {
    let dev = calling(
        r#"
const socket = await target.get("t").socket();
const state = socket.readyState;
const first = await next(socket);
socket.send("hi");
return Response.json([state, first, await next(socket)]);"#,
    );
    let uri = format!("uri http://{}/parties/target/t null", dev.host());
    assert_eq!(dev.json(ROOM), json!([1, uri, "echo hi"]));
}

/// Row 145.
#[test]
fn socket_takes_a_path_and_headers() {
    let dev = calling(
        r#"
const socket = await target.get("t").socket("/sub?_pk=me", { headers: { "x-mine": "yes" } });
return Response.json(await next(socket));"#,
    );
    let uri = format!("uri http://{}/parties/target/t/sub?_pk=me yes", dev.host());
    assert_eq!(dev.json(ROOM), uri);
}

/// Row 144.
#[test]
fn socket_ends_are_told_about_a_close() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  onConnect(conn) { if (this.room.id === "inner") conn.close(4005, "not now"); }
  async onRequest() {
    const socket = await this.room.context.parties.main.get("inner").socket();
    const event = await new Promise((resolve) => socket.addEventListener("close", resolve));
    return Response.json([event.code, event.reason]);
  }
}"#,
    );
    assert_eq!(dev.json(ROOM), json!([4005, "not now"]));
}

/// Row 146.
#[test]
fn refused_socket_is_a_rejection() {
    let dev = Project::inline(
        r#"export default class {
  constructor(readonly room) {}
  async onRequest() {
    try { await this.room.context.parties.broken.get("x").socket(); return new Response("connected"); }
    catch (error) { return new Response(error.message); }
  }
}"#,
    )
    .party("broken", r#"export default class { onStart() { throw new Error("never") } onConnect() {} }"#)
    .dev();
    assert_eq!(dev.get(ROOM).text(), "Expected a websocket response");
}

/// Row 147.
#[test]
fn connect_goes_through_the_front_door() {
    let dev = Project::inline(
        r#"export default class {
  constructor(readonly room) {}
  async onRequest() {
    const socket = this.room.context.parties.door.get("x").connect();
    const before = socket.readyState;
    const event = await new Promise((resolve) => socket.addEventListener("message", resolve));
    return Response.json([before, event.data]);
  }
}"#,
    )
    .party(
        "door",
        r#"export default class {
  static onBeforeConnect(req) { req.headers.set("x-door", "passed"); return req; }
  onConnect(conn, { request }) { conn.send("door " + request.headers.get("x-door")); }
}"#,
    )
    .dev();
    assert_eq!(dev.json(ROOM), json!([0, "door passed"]));
}

/// Row 148.
#[test]
fn rooms_call_each_other_without_deadlock() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    const depth = Number(new URL(req.url).searchParams.get("depth"));
    if (depth === 0) return new Response(this.room.id);
    const other = this.room.id === "a" ? "b" : "a";
    const answer = await this.room.context.parties.main.get(other).fetch("/?depth=" + (depth - 1));
    return new Response(this.room.id + (await answer.text()));
  }
}"#,
    );
    assert_eq!(dev.get("/parties/main/a?depth=6").text(), "abababa");
}

/// Row 148.
#[test]
fn room_calls_itself_without_deadlock() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    if (req.url.endsWith("/inner")) return new Response("inner of " + this.room.id);
    return this.room.context.parties.main.get(this.room.id).fetch("/inner");
  }
}"#,
    );
    assert_eq!(dev.get(ROOM).text(), "inner of r");
}

/// Row 148.
#[test]
fn rooms_call_each_other_while_connecting() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onConnect(conn) {
    const answer = await this.room.context.parties.main.get("counter").fetch("/" + this.room.id);
    conn.send(await answer.text());
  }
  async onRequest(req) {
    if (this.room.id !== "counter") return new Response("page " + this.room.id);
    const page = new URL(req.url).pathname.split("/").at(-1);
    const answer = await this.room.context.parties.main.get(page).fetch();
    return new Response("counted " + (await answer.text()));
  }
}"#,
    );
    assert_eq!(dev.ws("/parties/main/p1").text(), "counted page p1");
}
