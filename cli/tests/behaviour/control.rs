//! The control plane (docs/control.md): what programs of this machine can ask of rooms.

use serde_json::{Value, json};

use crate::harness::{Controlled, Dev, Project, refusal};

/// A party with a bit of everything that the control plane can ask of.
pub(crate) const PARTY: &str = r#"
let starts = 0;
export default class {
  constructor(readonly room) { starts++; }
  static onCron(controller) { console.log(`cron ${controller.name} ${controller.scheduledTime}`); }
  async onStart() { this.found = await this.room.storage.get("seed"); }
  onConnect(conn) { conn.setState({ n: 1n }); }
  onMessage(message, conn) { conn.send(`heard ${message}`); }
  async onRequest(req) {
    const url = new URL(req.url);
    if (url.searchParams.has("seed")) return Response.json([starts, this.found ?? null]);
    if (url.searchParams.has("alarm")) await this.room.storage.setAlarm(Date.now() + 86_400_000);
    return new Response(`${req.method} ${req.url} ${req.headers.get("authorization")} ${await req.text()}`, { status: 201 });
  }
  async onAlarm() {
    if (await this.room.storage.get("fail")) throw new Error("alarmed");
    await this.room.storage.put("rang", ((await this.room.storage.get("rang")) ?? 0) + 1);
  }
}"#;

const ROOM: &str = "/rooms/main/r";

/// The path of what the control plane has of the room `r`.
pub(crate) fn at(path: &str) -> String {
    format!("{ROOM}{path}")
}

pub(crate) fn controlled() -> Controlled {
    Controlled::inline(PARTY)
}

/// The same party with sockets that outlive its isolate.
pub(crate) fn hibernating() -> Controlled {
    Controlled::inline(&PARTY.replace(
        "static onCron",
        "options = { hibernate: true };\n  static onCron",
    ))
}

// ---- who may ----

#[test]
fn only_the_token_opens() {
    let server = controlled();
    let answer = server.bare("GET", "/").send();
    assert_eq!(refusal(&answer), (401, "token".to_owned()));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    for wrong in ["Bearer wrong", "Bearer ", "Basic abc", &server.token] {
        let answer = server
            .bare("GET", "/")
            .header("Authorization", wrong)
            .send();
        assert_eq!(refusal(&answer).0, 401, "{wrong}");
    }
    assert_eq!(server.get("/")["name"], "inline");
}

#[test]
fn no_page_and_no_other_name_gets_in() {
    let server = controlled();
    for origin in [
        "https://evil.example",
        "null",
        &format!("http://{}", server.host),
    ] {
        let answer = server
            .request("GET", "/rooms")
            .header("Origin", origin)
            .send();
        assert_eq!(refusal(&answer), (403, "origin".to_owned()), "{origin}");
    }
    let site = server
        .request("GET", "/rooms")
        .header("Sec-Fetch-Site", "cross-site");
    assert_eq!(refusal(&site.send()).0, 403);
    for host in ["evil.example", "evil.example:80", "127.0.0.1"] {
        let answer = server.request("GET", "/rooms").header("host", host).send();
        assert_eq!(refusal(&answer), (403, "host".to_owned()), "{host}");
    }
    let preflight = server.bare("OPTIONS", "/rooms").send();
    assert_eq!(preflight.status, 401);
    assert_eq!(preflight.header("access-control-allow-origin"), None);
}

#[test]
fn public_port_knows_nothing_of_it() {
    let server = controlled();
    for path in [
        "/rooms",
        "/events",
        "/rooms/main/r/storage",
        "/__partyrun__/control",
    ] {
        let token = format!("Bearer {}", server.token);
        let answer = server
            .dev
            .request("GET", path)
            .header("Authorization", &token)
            .send();
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[test]
fn dev_has_none_unless_it_is_asked_for() {
    let project = Project::inline(PARTY).args(&["--ready-file", "ready.json"]);
    let dev = project.dev();
    let text =
        std::fs::read_to_string(dev.project().path().join("ready.json")).expect("it is told");
    let line: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(
        (&line["control"], &line["token"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn token_may_be_given() {
    let token = "a-token-that-is-long-enough";
    let server = Controlled::of(Project::inline(PARTY).env("PARTYRUN_TOKEN", token));
    assert_eq!(server.token, token);
    assert!(server.get("/")["pid"].as_u64().is_some());
    let weak = Project::inline(PARTY)
        .args(&["--control"])
        .env("PARTYRUN_TOKEN", "short")
        .fails();
    assert_eq!(weak.code, Some(1));
    assert!(
        weak.stderr.contains("PARTYRUN_TOKEN") && !weak.stderr.contains("`short`"),
        "{}",
        weak.stderr
    );
}

#[test]
fn command_of_a_test_gets_url_and_token() {
    let project = Project::inline(PARTY).file(
        "t.mjs",
        r#"
const { PARTYRUN_CONTROL, PARTYRUN_TOKEN } = process.env;
const headers = { authorization: `Bearer ${PARTYRUN_TOKEN}` };
const put = await fetch(`${PARTYRUN_CONTROL}/rooms/main/r/storage/seed`, { method: "PUT", headers, body: "7" });
console.log(put.status, await (await fetch(`${process.env.PARTYRUN_URL}/parties/main/r?seed`)).text());"#,
    );
    let exit = project.test(&["node", "t.mjs"]);
    assert_eq!(exit.stdout, "204 [1,7]\n", "{}", exit.stderr);
}

#[test]
fn wrong_paths_and_methods_say_so() {
    let server = controlled();
    let refused = |method, path: &str| server.refused(method, path, &Value::Null);
    assert_eq!(refused("GET", "/nothing"), (404, "route".into()));
    assert_eq!(refused("GET", "/rooms/chat/r"), (404, "party".into()));
    assert_eq!(refused("GET", &at("/evict")), (405, "method".into()));
    assert_eq!(refused("GET", "/events"), (426, "upgrade".into()));
    let body = server
        .request("PUT", &at("/storage/a"))
        .body(b"{nonsense")
        .send();
    assert_eq!(refusal(&body), (400, "json".into()));
}

// ---- rooms ----

#[test]
fn rooms_are_listed_live_and_stored() {
    let server = Controlled::of(Project::inline(PARTY).party("other", "export default class {}"));
    assert_eq!(server.get("/rooms"), json!({ "rooms": [] }));
    assert_eq!(server.get("/")["parties"], json!(["main", "other"]));
    server.dev.get("/parties/main/a%20b?alarm");
    let rooms = server.get("/rooms");
    let room = &rooms["rooms"][0];
    assert_eq!(
        (&room["party"], &room["room"]),
        (&json!("main"), &json!("a%20b"))
    );
    assert_eq!(room["live"], true);
    assert!(room["alarm"].is_u64());
    assert_eq!(server.get("/rooms/other"), json!({ "rooms": [] }));
    server.post("/rooms/main/a%20b/evict");
    let room = server.get("/rooms/main/a%20b");
    assert_eq!(
        (&room["live"], &room["stored"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn request_reaches_the_room_past_the_static_handlers() {
    let server = Controlled::inline(&PARTY.replace(
        "static onCron",
        "static onBeforeRequest() { return new Response('refused', { status: 403 }); }\n  static onCron",
    ));
    assert_eq!(server.dev.get("/parties/main/r").status, 403);
    let answer = server
        .request("PATCH", &at("/fetch/a//b?x=1"))
        .header("partyrun-authorization", "Bearer user")
        .body(b"body")
        .send();
    assert_eq!(answer.status, 201);
    let url = format!("http://{}/parties/main/r/a//b?x=1", server.dev.host());
    assert_eq!(answer.text(), format!("PATCH {url} Bearer user body"));
    assert_eq!(answer.header("partyrun-error"), None);
}

// ---- events ----

#[test]
fn events_are_told_as_they_happen() {
    let server = controlled();
    let mut events = server.events();
    let mut more = server.events();
    server.dev.get("/parties/main/r?x");
    let request = events.next("request");
    assert_eq!(
        (&request["path"], &request["status"]),
        (&json!("/parties/main/r"), &json!(201))
    );
    let mut socket = server.dev.ws("/parties/main/r?_pk=ann");
    assert_eq!(events.next("socket-open")["connection"], "ann");
    socket.close(1000, "");
    assert_eq!(events.next("socket-close")["code"], 1000);
    assert_eq!(more.next("request")["path"], "/parties/main/r");
    server.dev.edit("server.ts", "export default class {");
    assert_eq!(events.next("reload")["ok"], false);
    server.dev.edit("server.ts", "throw new Error('at load')");
    assert_eq!(events.next("reload")["ok"], false);
}

#[test]
fn events_need_the_token_too() {
    let server = controlled();
    let answer = server.bare("GET", "/events").upgrade().send();
    assert_eq!(refusal(&answer), (401, "token".into()));
    let answer = server
        .bare("GET", "/events")
        .upgrade()
        .header("Sec-WebSocket-Protocol", "partyrun, bearer.wrong")
        .send();
    assert_eq!(refusal(&answer).0, 401);
    let answer = server
        .request("GET", "/events")
        .upgrade()
        .header("Origin", "http://x")
        .send();
    assert_eq!(refusal(&answer).0, 403);
    let answer = server.request("GET", "/events").upgrade().open();
    assert_eq!(answer.so_far.status, 101);
}

/// Several at once, on connections that are kept open, as clients of HTTP do.
#[test]
fn nothing_of_it_is_in_the_way_of_clients() {
    let server = controlled();
    let dev: &Dev = &server.dev;
    std::thread::scope(|scope| {
        for n in 0..8 {
            let server = &server;
            scope.spawn(move || {
                for k in 0..20 {
                    let path = format!("/rooms/main/room{n}/storage/k");
                    server.json("PUT", &path, &json!(k));
                    assert_eq!(server.get(&path), json!(k));
                }
            });
        }
        for _ in 0..20 {
            assert_eq!(dev.get("/parties/main/r").status, 201);
        }
    });
}
