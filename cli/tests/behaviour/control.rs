//! The control plane (docs/control.md): what programs of this machine can ask of rooms.

use serde_json::{Value, json};

use crate::harness::{Closed, Controlled, Dev, Project, refusal};

const PARTY: &str = r#"
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

fn at(path: &str) -> String {
    format!("{ROOM}{path}")
}

fn controlled() -> Controlled {
    Controlled::inline(PARTY)
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

// ---- storage ----

#[test]
fn storage_is_written_before_the_room_is_made() {
    let server = controlled();
    server.json("PUT", &at("/storage/seed"), &json!({ "a": [1, null] }));
    assert_eq!(
        server.dev.json("/parties/main/r?seed"),
        json!([1, { "a": [1, null] }])
    );
}

#[test]
fn values_that_json_has_not_come_and_go() {
    let server = controlled();
    for (number, value) in [
        json!({ "$date": 1_700_000_000_000_i64 }),
        json!({ "$date": null }),
        json!({ "$bigint": "123456789012345678901234567890" }),
        json!({ "$number": "NaN" }),
        json!({ "$number": "-0" }),
        json!({ "$map": [["a", { "$set": [1, { "$undefined": true }] }], [{ "k": 1 }, 2]] }),
        json!({ "$bytes": { "type": "Uint8Array", "base64": "AAEC/w==" } }),
        json!({ "$bytes": { "type": "ArrayBuffer", "base64": "" } }),
        json!({ "$bytes": { "type": "Float64Array", "base64": "AAAAAAAA+D8=" } }),
        json!({ "$regexp": ["a+", "gi"] }),
        json!({ "$boxed": 5 }),
        json!({ "$object": { "$date": 5 } }),
        json!({ "$array": { "length": 3, "items": { "0": 1, "2": 3 } } }),
        json!({ "self": { "$ref": 0 } }),
        json!([{ "x": 1 }, { "$ref": 1 }]),
        json!("text with \u{1f389}"),
        json!(0.1),
        json!(false),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("/storage/key%2F{number}");
        server.json("PUT", &at(&key), &value);
        assert_eq!(server.get(&at(&key)), value);
    }
    // As the room has them.
    let run = |source: &str| {
        let body = json!({ "source": source });
        server.json("POST", &at("/run"), &body)["value"].clone()
    };
    let kinds = run(
        "async (server, room) => { const get = async (n) => (await room.storage.get(`key/${n}`)); const d = await get(0), m = await get(5), c = await get(13); return [d instanceof Date, m.get('a').has(undefined), c.self === c, typeof (await get(2)), 1 in (await get(12))]; }",
    );
    assert_eq!(kinds, json!([true, true, true, "bigint", false]));
    let error = run("() => new TypeError('bad', { cause: { a: 1 } })");
    assert_eq!(error["$error"]["name"], "TypeError");
    assert_eq!(error["$error"]["cause"], json!({ "a": 1 }));
}

#[test]
fn lone_surrogates_and_long_numbers_keep_every_bit() {
    let server = controlled();
    let put = |text: &str| {
        server
            .request("PUT", &at("/storage/k"))
            .body(text.as_bytes())
            .send()
    };
    for text in [
        r#""\ud800""#,
        "1.7976931348623157e+308",
        "5e-324",
        "0.30000000000000004",
    ] {
        assert_eq!(put(text).status, 204, "{text}");
        assert_eq!(
            server
                .request("GET", &at("/storage/k"))
                .send()
                .text()
                .trim(),
            text
        );
    }
}

#[test]
fn keys_are_listed_deleted_and_cleared() {
    let server = controlled();
    let entries = json!({ "entries": [["a", 1], ["b/1", 2], ["b/2", 3], ["", 4]] });
    server.json("PUT", &at("/storage"), &entries);
    assert_eq!(
        server.get(&at("/storage?prefix=b/&reverse=true")),
        json!({ "entries": [["b/2", 3], ["b/1", 2]] })
    );
    assert_eq!(
        server.get(&at("/storage?limit=1")),
        json!({ "entries": [["", 4]] })
    );
    assert_eq!(server.get(&at("/storage/")), json!(4));
    assert_eq!(server.get(&at("/storage/b%2F1")), json!(2));
    let deleted = |path: &str| server.json("DELETE", &at(path), &Value::Null);
    assert_eq!(deleted("/storage/a"), json!({ "deleted": true }));
    assert_eq!(deleted("/storage/a"), json!({ "deleted": false }));
    assert_eq!(
        server.refused("GET", &at("/storage/a"), &Value::Null),
        (404, "key".into())
    );
    deleted("/storage");
    assert_eq!(server.get(&at("/storage")), json!({ "entries": [] }));
}

#[test]
fn room_that_lives_sees_what_is_written_at_once() {
    let server = controlled();
    server.dev.get("/parties/main/r");
    server.json("PUT", &at("/storage/k"), &json!(1));
    let read = json!({ "source": "(server, room) => room.storage.get('k')" });
    assert_eq!(
        server.json("POST", &at("/run"), &read),
        json!({ "value": 1 })
    );
    let write = json!({ "source": "(server, room, v) => room.storage.put('k', v)", "args": [{ "$bigint": "2" }] });
    server.json("POST", &at("/run"), &write);
    assert_eq!(server.get(&at("/storage/k")), json!({ "$bigint": "2" }));
}

#[test]
fn what_cannot_be_stored_says_why() {
    let server = controlled();
    for (path, body) in [
        ("/storage/k", json!({ "$nope": 1 })),
        ("/storage/k", json!({ "$ref": 7 })),
        ("/storage/k", json!({ "$undefined": true })),
        ("/storage/k", json!("x".repeat(200_000))),
        (
            "/storage",
            json!({ "entries": [["k", { "$date": "soon" }]] }),
        ),
    ] {
        let refused = server.refused("PUT", &at(path), &body);
        assert_eq!(refused, (400, "thrown".into()), "{body}");
    }
    let key = format!("/storage/{}", "k".repeat(2_049));
    assert_eq!(server.refused("PUT", &at(&key), &json!(1)).0, 400);
    assert_eq!(
        server.refused("PUT", &at("/storage"), &json!([1])),
        (400, "options".into())
    );
    assert_eq!(
        server.refused("GET", &at("/storage?perfix=a"), &Value::Null),
        (400, "options".into())
    );
    assert_eq!(server.get(&at("/storage")), json!({ "entries": [] }));
}

// ---- alarms and crons ----

#[test]
fn alarm_a_day_away_runs_when_it_is_asked_for() {
    let server = controlled();
    server.dev.get("/parties/main/r?alarm");
    assert!(server.get(&at("/alarm"))["at"].is_u64());
    assert_eq!(
        server.post(&at("/alarm/run")),
        json!({ "ran": true, "retry": false })
    );
    assert_eq!(server.get(&at("/storage/rang")), json!(1));
    assert_eq!(server.get(&at("/alarm")), json!({ "at": null }));
    assert_eq!(server.post(&at("/alarm/run")), json!({ "ran": false }));
    assert_eq!(server.get(&at("/storage/rang")), json!(1));
}

#[test]
fn alarm_is_set_and_cancelled() {
    let server = controlled();
    let tomorrow = 4_000_000_000_000_i64;
    assert_eq!(
        server.json("PUT", &at("/alarm"), &json!({ "at": tomorrow })),
        json!({ "at": tomorrow })
    );
    assert_eq!(server.get(&at(""))["alarm"], tomorrow);
    server.json("DELETE", &at("/alarm"), &Value::Null);
    assert_eq!(server.get(&at("/alarm")), json!({ "at": null }));
    assert_eq!(server.post(&at("/alarm/run")), json!({ "ran": false }));
    assert_eq!(
        server
            .refused("PUT", &at("/alarm"), &json!({ "at": "soon" }))
            .0,
        400
    );
    assert_eq!(
        server.refused("PUT", &at("/alarm"), &json!({ "at": -5 })).1,
        "thrown"
    );
}

#[test]
fn alarm_that_fails_says_that_it_will_be_tried_again() {
    let server = controlled();
    server.json("PUT", &at("/storage/fail"), &json!(true));
    server.dev.get("/parties/main/r?alarm");
    assert_eq!(
        server.post(&at("/alarm/run")),
        json!({ "ran": true, "retry": true })
    );
    server.json("DELETE", &at("/storage/fail"), &Value::Null);
    assert_eq!(
        server.post(&at("/alarm/run")),
        json!({ "ran": true, "retry": false })
    );
    assert_eq!(server.get(&at("/storage/rang")), json!(1));
}

#[test]
fn cron_runs_when_it_is_asked_for() {
    let project = Project::inline(PARTY).config("crons", json!({ "tick tock": "0 0 1 1 *" }));
    let server = Controlled::of(project);
    let mut events = server.events();
    let ran = server.json("POST", "/crons/tick%20tock", &json!({ "time": 12_345 }));
    assert_eq!(ran, json!({ "ok": true, "status": 200 }));
    server.dev.stdout_has("cron tick tock 12345");
    assert_eq!(events.next("cron")["name"], "tick tock");
    assert_eq!(
        server.refused("POST", "/crons/tick", &Value::Null),
        (404, "cron".into())
    );
}

// ---- lives ----

fn hibernating() -> Controlled {
    Controlled::inline(&PARTY.replace(
        "static onCron",
        "options = { hibernate: true };\n  static onCron",
    ))
}

#[test]
fn connections_are_listed_with_their_state() {
    for server in [controlled(), hibernating()] {
        let mut socket = server.dev.ws("/parties/main/r?_pk=ann");
        assert_eq!(socket.ask("x"), "heard x");
        let listed = server.get(&at("/connections"));
        let connection = &listed["connections"][0];
        assert_eq!(connection["id"], "ann");
        assert_eq!(connection["tags"], json!(["ann"]));
        assert_eq!(connection["state"], json!({ "n": { "$bigint": "1" } }));
        assert!(
            connection["uri"]
                .as_str()
                .is_some_and(|uri| uri.ends_with("/parties/main/r?_pk=ann"))
        );
        assert_eq!(listed["connections"].as_array().map(Vec::len), Some(1));
        socket.close(1000, "");
    }
}

#[test]
fn evicted_room_that_hibernates_keeps_its_sockets() {
    let server = hibernating();
    let mut socket = server.dev.ws("/parties/main/r?_pk=ann");
    assert_eq!(socket.ask("one"), "heard one");
    assert_eq!(server.dev.json("/parties/main/r?seed")[0], 1);
    for _ in 0..2 {
        let evicted = server.json("POST", &at("/evict"), &json!({ "sockets": "keep" }));
        assert_eq!(evicted, json!({ "evicted": true }));
    }
    assert_eq!(
        server.get(&at("/connections"))["connections"][0]["id"],
        "ann"
    );
    assert_eq!(socket.ask("two"), "heard two");
    assert_eq!(
        server.dev.json("/parties/main/r?seed")[0],
        1,
        "another isolate counts anew"
    );
}

#[test]
fn sockets_that_cannot_be_kept_are_named_and_stay() {
    let server = controlled();
    let mut socket = server.dev.ws("/parties/main/r");
    assert_eq!(socket.ask("one"), "heard one");
    let refused = server.refused("POST", &at("/evict"), &json!({ "sockets": "keep" }));
    assert_eq!(refused, (409, "sockets".into()));
    assert_eq!(socket.ask("two"), "heard two");
    assert_eq!(
        server
            .refused("POST", &at("/evict"), &json!({ "sockets": "maybe" }))
            .0,
        400
    );
}

#[test]
fn evicted_room_closes_its_sockets() {
    for server in [controlled(), hibernating()] {
        let mut socket = server.dev.ws("/parties/main/r");
        assert_eq!(socket.ask("one"), "heard one");
        assert_eq!(server.post(&at("/evict")), json!({ "evicted": true }));
        let closed = Closed {
            code: 1012,
            reason: "Evicted".into(),
        };
        assert_eq!(socket.closed(), closed);
        assert_eq!(server.get(&at(""))["live"], false);
        assert_eq!(server.post(&at("/evict")), json!({ "evicted": false }));
        assert_eq!(server.dev.json("/parties/main/r?seed")[0], 1);
    }
}

#[test]
fn sleeping_room_can_be_evicted() {
    let server = Controlled::of(
        Project::inline(&PARTY.replace(
            "static onCron",
            "options = { hibernate: true };\n  static onCron",
        ))
        .env("PARTYRUN_IDLE_MS", "50"),
    );
    let mut socket = server.dev.ws("/parties/main/r");
    assert_eq!(socket.ask("one"), "heard one");
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert_eq!(server.post(&at("/evict")), json!({ "evicted": true }));
    assert_eq!(socket.closed().code, 1012);
}

#[test]
fn restarted_room_starts_anew_with_what_it_has_stored() {
    let server = controlled();
    server.json("PUT", &at("/storage/seed"), &json!("kept"));
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, "kept"]));
    let mut socket = server.dev.ws("/parties/main/r");
    assert_eq!(socket.ask("x"), "heard x");
    assert_eq!(server.post(&at("/restart")), json!({ "restarted": true }));
    assert_eq!(
        socket.closed(),
        Closed {
            code: 1012,
            reason: "Restarted".into()
        }
    );
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, "kept"]));
}

/// The client knows that its socket is open before the room's thread has it.
#[test]
fn socket_that_has_just_opened_is_told_of_the_end() {
    let server = controlled();
    for number in 0..30 {
        let path = format!("/rooms/main/r{number}/restart");
        let mut socket = server.dev.ws(&format!("/parties/main/r{number}"));
        assert_eq!(server.post(&path), json!({ "restarted": true }));
        assert_eq!(socket.closed().code, 1012, "{number}");
    }
}

#[test]
fn reset_makes_everything_begin_anew() {
    let server = controlled();
    server.json("PUT", &at("/storage/seed"), &json!(1));
    server.dev.get("/parties/main/r?alarm");
    server.json("POST", "/reset", &Value::Null);
    assert_eq!(server.get("/rooms"), json!({ "rooms": [] }));
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, null]));
    assert_eq!(server.get(&at("/alarm")), json!({ "at": null }));
}

#[test]
fn storage_that_is_kept_is_not_emptied() {
    let project = Project::inline(PARTY).args(&["--persist", "kept"]);
    let server = Controlled::of(project);
    server.json("PUT", &at("/storage/seed"), &json!(1));
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, 1]));
    let refused = server.refused("POST", "/reset", &Value::Null);
    assert_eq!(refused, (409, "storage".into()));
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, 1]));
    assert_eq!(server.get(&at(""))["live"], true);
}

// ---- run ----

#[test]
fn function_runs_in_the_room() {
    let server = controlled();
    server.dev.ws("/parties/main/r");
    let run = |body: Value| server.json("POST", &at("/run"), &body)["value"].clone();
    assert_eq!(
        run(json!({ "source": "(server, room, a, b) => [room.id, a + b]", "args": [1, 2] })),
        json!(["r", 3])
    );
    assert_eq!(
        run(
            json!({ "source": "async function (server) { return server.constructor.name.length >= 0; }" })
        ),
        json!(true)
    );
    assert_eq!(
        run(json!({ "source": "() => {}" })),
        json!({ "$undefined": true })
    );
}

#[test]
fn function_that_closes_over_variables_is_told_what_it_cannot() {
    let server = controlled();
    let run = |source: &str| {
        let answer = server.send("POST", &at("/run"), &json!({ "source": source }));
        assert_eq!(refusal(&answer), (400, "thrown".into()), "{source}");
        answer.json()["error"].clone()
    };
    let closure = run("() => outside + 1");
    assert_eq!(closure["name"], "ReferenceError");
    let text = closure["message"].as_str().expect("a text");
    assert!(
        text.starts_with("outside is not defined") && text.contains("nothing around it"),
        "{text}"
    );
    assert_eq!(
        run("() => { throw new RangeError('mine'); }")["name"],
        "RangeError"
    );
    assert_eq!(run("() => {")["name"], "SyntaxError");
    assert_eq!(run("5")["name"], "TypeError");
    assert_eq!(run("() => Symbol()")["name"], "TypeError");
    assert_eq!(run("() => { throw null; }")["message"], "null");
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
