//! Spaces (docs/control.md): servers of their own in one process, for tests that run side by side.

use std::net::TcpStream;

use serde_json::{Value, json};

use crate::harness::{Controlled, ROOM, Space, eventually};

const PARTY: &str = r#"
export default class {
  constructor(readonly room) {}
  async onStart() { this.found = await this.room.storage.get("n"); }
  static async onFetch(req, lobby) { return new Response(`static ${lobby.env.WHO ?? "nobody"}`); }
  onMessage(message, conn) { this.room.broadcast(`heard ${message}`); }
  async onRequest(req) {
    const url = new URL(req.url);
    if (url.searchParams.has("env")) return new Response(this.room.env.WHO ?? "nobody");
    if (url.searchParams.has("log")) console.log("logged", url.searchParams.get("log"));
    if (url.searchParams.has("kv")) {
      const { kept } = this.room.context.bindings.kv;
      if (url.searchParams.get("kv")) await kept.put("k", url.searchParams.get("kv"));
      return new Response(await kept.get("k") ?? "none");
    }
    const n = ((await this.room.storage.get("n")) ?? 0) + 1;
    await this.room.storage.put("n", n);
    await this.room.storage.setAlarm(Date.now() + 86_400_000);
    return new Response(String(n));
  }
  onAlarm() { this.room.broadcast("rang"); }
}"#;

fn controlled() -> Controlled {
    use crate::harness::Project;
    let project = Project::inline(PARTY).config("bindings", json!({ "kv": { "kept": "id" } }));
    Controlled::of(project.args(&["--persist", "false"]))
}

fn plain(server: &Controlled) -> Space<'_> {
    server.space(&Value::Null)
}

#[test]
fn spaces_share_code_and_nothing_that_is_stored() {
    let server = controlled();
    let (one, two) = (plain(&server), plain(&server));
    assert_ne!(one.host, two.host);
    assert_eq!(server.dev.get(ROOM).text(), "1");
    for space in [&one, &two] {
        assert_eq!(space.text(ROOM), "1");
        assert_eq!(space.text(ROOM), "2");
    }
    assert_eq!(server.dev.get(ROOM).text(), "2");
    assert_eq!(one.text("/parties/main/r?kv=mine"), "mine");
    assert_eq!(two.text("/parties/main/r?kv="), "none");
    assert_eq!(server.dev.get("/parties/main/r?kv=").text(), "none");
    assert_eq!(one.get("/rooms/main/r/storage/n"), json!(2));
    one.json("PUT", "/rooms/main/r/storage/n", &json!(9));
    assert_eq!(two.get("/rooms/main/r/storage/n"), json!(2));
}

/// A space has the first rooms of its own on isolates that were made for another.
#[test]
fn sockets_and_alarms_stay_in_their_space() {
    let server = controlled();
    let (one, two) = (plain(&server), plain(&server));
    let (mut ann, mut bob) = (one.ws(ROOM), two.ws(ROOM));
    ann.send("hi");
    assert_eq!(ann.text(), "heard hi");
    one.text(ROOM);
    assert_eq!(two.get("/rooms/main/r/alarm"), json!({ "at": null }));
    let ran = json!({ "ran": true, "retry": false });
    assert_eq!(one.post("/rooms/main/r/alarm/run"), ran);
    assert_eq!(ann.text(), "rang");
    bob.send("only me");
    assert_eq!(bob.text(), "heard only me");
    let rooms = json!([{ "party": "main", "room": "r", "live": true, "alarm": null }]);
    assert_eq!(two.get("/rooms")["rooms"], rooms);
}

#[test]
fn variables_of_a_space_stand_over_those_of_the_configuration() {
    let server = controlled();
    let space = server.space(&json!({ "vars": { "WHO": "ann" } }));
    assert_eq!(space.text("/parties/main/r?env"), "ann");
    assert_eq!(space.text("/elsewhere"), "static ann");
    assert_eq!(server.dev.get("/parties/main/r?env").text(), "nobody");
    assert_eq!(server.dev.get("/elsewhere").text(), "static nobody");
    let wrong = server.refused("POST", "/spaces", &json!({ "vars": 5 }));
    assert_eq!(wrong, (400, "options".into()));
}

#[test]
fn a_space_whose_clock_or_storage_cannot_be_is_not_opened() {
    let server = controlled();
    let later = 4_102_444_800_000_i64;
    let space = server.space(&json!({ "clock": { "freeze": later } }));
    assert_eq!(space.get("/clock")["now"], later);
    let before = server.get("/spaces");
    for (clock, refusal) in [
        (json!("noon"), (400, "options")),
        (json!({ "freeze": "noon" }), (400, "options")),
        (json!({ "freeze": -1 }), (400, "options")),
    ] {
        let refused = server.refused("POST", "/spaces", &json!({ "clock": clock }));
        assert_eq!((refused.0, refused.1.as_str()), refusal, "{clock}");
    }
    let restore = json!({ "restore": { "id": "nothing" } });
    assert_eq!(server.refused("POST", "/spaces", &restore).0, 404);
    assert_eq!(server.get("/spaces"), before);
}

#[test]
fn a_save_reloads_every_space() {
    let server = controlled();
    let plain = plain(&server);
    let own = server.space(&json!({ "vars": { "WHO": "ann" } }));
    let mut socket = plain.ws(ROOM);
    assert_eq!(own.text(ROOM), "1");
    let next = PARTY
        .replace("`heard ", "`new ")
        .replace("`static ", "`newer ");
    server.dev.edit("server.ts", &next);
    assert_eq!(socket.closed().code, 1012);
    eventually("the space has the new code", || {
        (own.text("/elsewhere") == "newer ann").then_some(())
    });
    let mut socket = plain.ws(ROOM);
    socket.send("hi");
    assert_eq!(socket.text(), "new hi");
    assert_eq!(own.text(ROOM), "2", "storage stays");
}

#[test]
fn reset_keeps_the_url_and_nothing_else() {
    let server = controlled();
    let (space, other) = (plain(&server), plain(&server));
    assert_eq!(other.text(ROOM), "1");
    assert_eq!(space.text(ROOM), "1");
    let mut socket = space.ws(ROOM);
    space.text("/parties/main/r?log=before");
    space.post("/reset");
    assert_eq!(socket.closed().code, 1012);
    assert_eq!(space.get("/rooms"), json!({ "rooms": [] }));
    assert_eq!(space.get("/logs")["logs"], json!([]));
    assert_eq!(space.text(ROOM), "1");
    assert_eq!(other.text(ROOM), "2");
}

#[test]
fn a_space_that_is_closed_is_gone_and_the_others_stay() {
    let server = controlled();
    let (space, other) = (plain(&server), plain(&server));
    let mut socket = space.ws(ROOM);
    let listed = server.get("/spaces")["spaces"].as_array().map(Vec::len);
    assert_eq!(listed, Some(3));
    server.json("DELETE", &space.path, &Value::Null);
    assert_eq!(socket.closed().code, 1012);
    eventually("its port is free", || TcpStream::connect(&space.host).err());
    assert_eq!(
        space.refused("GET", "/rooms", &Value::Null),
        (404, "space".into())
    );
    assert_eq!(other.text(ROOM), "1");
    let main = server.refused("DELETE", "/spaces/main", &Value::Null);
    assert_eq!(main, (409, "space".into()));
    assert_eq!(server.get("/spaces/main")["id"], "main");
}

#[test]
fn events_and_logs_say_which_space_they_are_of() {
    let server = controlled();
    let mut events = server.events();
    let (one, two) = (plain(&server), plain(&server));
    one.text("/parties/main/r?log=a");
    assert_eq!(events.next("console")["space"], json!(one.id));
    let logs = one.get("/logs?event=console");
    let text = |logs: &Value| logs["logs"][0]["text"].clone();
    assert_eq!(text(&logs), "logged a");
    one.text("/parties/main/r?log=b");
    let later = one.get(&format!("/logs?since={}", logs["next"]));
    assert_eq!(text(&later), "logged b");
    assert_eq!(two.get("/logs")["logs"], json!([]));
    server.dev.get("/parties/main/r?log=c");
    assert_eq!(text(&server.get("/logs?event=console")), "logged c");
    one.json("DELETE", "/logs", &Value::Null);
    assert_eq!(one.get("/logs")["logs"], json!([]));
}

#[test]
fn many_spaces_one_after_the_other_leave_nothing() {
    let server = controlled();
    server.dev.get(ROOM);
    let before = server.dev.threads("partyrun-storag");
    for _ in 0..40 {
        let space = plain(&server);
        assert_eq!(space.text(ROOM), "1");
        server.json("DELETE", &space.path, &Value::Null);
    }
    eventually("their threads have ended", || {
        (server.dev.threads("partyrun-storag") == before).then_some(())
    });
}

// ---- settle ----

const BUSY: &str = r#"
export default class {
  constructor(readonly room) {}
  async onMessage(message, conn) {
    if (message === "forward") {
      const other = this.room.context.parties.main.get("other");
      return void conn.send(await (await other.fetch({ method: "POST" })).text());
    }
    if (message === "chain") {
      for (let n = 0; n < 20; n++) await this.room.context.bindings.kv.kept.put("k", `${n}`);
      return void (await this.room.storage.put("chained", await this.room.context.bindings.kv.kept.get("k")));
    }
    if (message === "soon") return void (await this.room.storage.setAlarm(Date.now()));
    await this.room.storage.put("heard", ((await this.room.storage.get("heard")) ?? 0) + 1);
  }
  async onAlarm() { await this.room.storage.put("rang", true); }
  async onRequest(req) {
    const url = new URL(req.url);
    if (url.searchParams.has("hang")) await new Promise(() => {});
    if (url.searchParams.has("loop")) for (const end = Date.now() + 1500; Date.now() < end;);
    await this.room.storage.put("called", true);
    return new Response("called");
  }
}"#;

fn busy() -> Controlled {
    use crate::harness::Project;
    let project = Project::inline(BUSY).config("bindings", json!({ "kv": { "kept": "id" } }));
    Controlled::of(project.args(&["--persist", "false"]))
}

fn settled() -> Value {
    json!({ "settled": true, "pending": [] })
}

#[test]
fn settled_means_that_what_was_sent_has_been_handled() {
    let server = busy();
    let space = plain(&server);
    let mut socket = space.ws("/parties/main/r?_pk=ann");
    for count in 1..=20 {
        for _ in 0..50 {
            socket.send("count");
        }
        let sent =
            json!({ "room": "r", "id": "ann", "messages": 50 * count, "bytes": 250 * count });
        let answer = space.json("POST", "/settle", &json!({ "connections": [sent] }));
        assert_eq!(answer, settled());
        assert_eq!(space.get("/rooms/main/r/storage/heard"), json!(50 * count));
    }
}

#[test]
fn settling_follows_calls_bindings_and_alarms() {
    let server = busy();
    let space = plain(&server);
    let mut socket = space.ws("/parties/main/r?_pk=ann");
    for (number, (message, key, value)) in [
        ("forward", "/rooms/main/other/storage/called", json!(true)),
        ("chain", "/rooms/main/r/storage/chained", json!("19")),
        ("soon", "/rooms/main/r/storage/rang", json!(true)),
    ]
    .into_iter()
    .enumerate()
    {
        socket.send(message);
        let sent = json!({ "room": "r", "id": "ann", "messages": number + 1 });
        let answer = space.json("POST", "/settle", &json!({ "connections": [sent] }));
        assert_eq!(answer, settled(), "{message}");
        assert_eq!(space.get(key), value, "{message}");
    }
    assert_eq!(socket.text(), "called");
}

#[test]
fn what_waits_for_the_outside_is_listed_and_not_waited_for() {
    let server = busy();
    let space = plain(&server);
    let _hanging = space.open("/parties/main/r?hang");
    let settled = eventually("the request has come", || {
        let settled = space.post("/settle");
        (settled["pending"] != json!([])).then_some(settled)
    });
    let pending = &settled["pending"][0];
    assert_eq!(
        (&pending["room"], &pending["what"]),
        (&json!("r"), &json!("a request"))
    );
    let at = pending["at"].as_str().expect("the handler has a place");
    assert!(at.starts_with("server.ts:17:"), "{at}");
    let why = space.get("/why");
    assert_eq!(why["rooms"][0]["waits"][0]["what"], "a request");
    let left = space.get("/leaks");
    assert_eq!(left["pending"][0]["what"], "a request");
    assert_eq!(left["sockets"], json!([]));
}

#[test]
fn handler_that_waits_has_its_place_however_it_is_defined() {
    for (source, place) in [
        (
            "class Base {\n  async onRequest() { await new Promise(() => {}); }\n}\nexport default class extends Base {}",
            "server.ts:2:",
        ),
        (
            "export default {\n  async onRequest() { await new Promise(() => {}); },\n};",
            "server.ts:2:",
        ),
    ] {
        let server = Controlled::inline(source);
        let space = plain(&server);
        let _hanging = space.open(ROOM);
        let settled = eventually("the request has come", || {
            let settled = space.post("/settle");
            (settled["pending"] != json!([])).then_some(settled)
        });
        let at = settled["pending"][0]["at"].as_str().unwrap_or_default();
        assert!(at.starts_with(place), "{source}: {settled}");
    }
}

#[test]
fn a_settle_that_does_not_come_says_who_is_busy() {
    let server = busy();
    let space = plain(&server);
    space.text("/parties/main/r");
    let _looping = space.open("/parties/main/r?loop");
    let refused = eventually("it computes", || {
        let answer = server.send(
            "POST",
            &format!("{}/settle", space.path),
            &json!({ "timeout": 100 }),
        );
        (answer.status == 409).then(|| answer.json())
    });
    assert_eq!(refused["error"]["code"], "unsettled");
    let text = refused["error"]["message"].as_str().expect("a text");
    assert!(
        text.contains("work at server.ts:20:") && text.contains("`main/r`"),
        "{text}"
    );
    let sent = json!({ "room": "x", "id": "bob", "messages": 1 });
    let mut socket = space.ws("/parties/main/x?_pk=bob");
    let unheard = json!({ "connections": [sent], "timeout": 100 });
    assert_eq!(
        space.refused("POST", "/settle", &unheard),
        (409, "unsettled".into())
    );
    socket.send("now");
    let heard = json!({ "connections": [sent] });
    assert_eq!(space.json("POST", "/settle", &heard)["settled"], true);
    assert_eq!(
        space.refused("POST", "/settle", &json!({ "wait": 1 })).0,
        400
    );
    assert_eq!(space.get("/leaks")["sockets"][0]["connection"], "bob");
}
