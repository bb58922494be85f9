//! What a test can do to a space (docs/control.md): faults of storage and connections, snapshots, and answers
//! to the requests that rooms send to elsewhere.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Closed, Controlled, Outbound, Project, ROOM, refusal};

const PARTY: &str = r#"
export default class {
  constructor(readonly room) {}
  onClose(conn) { this.room.storage.put("closed", conn.id); }
  onMessage(message, conn) { for (let n = 0; n < Number(message); n++) conn.send(`${n}`); }
  async onRequest(req) {
    const url = new URL(req.url);
    const to = url.searchParams.get("to");
    if (to) {
      try {
        const init = req.method === "POST" ? { method: "POST", body: await req.text(), headers: { "x-from": "room" } } : {};
        const answer = await fetch(to, init);
        return Response.json([answer.status, answer.headers.get("x-mine"), await answer.text()]);
      } catch (error) {
        return Response.json([error.name, error.message]);
      }
    }
    const n = ((await this.room.storage.get("n")) ?? 0) + 1;
    await this.room.storage.put("n", n);
    return new Response(String(n));
  }
}"#;

fn controlled() -> Controlled {
    Controlled::inline(PARTY)
}

// ---- snapshots ----

#[test]
fn a_snapshot_brings_back_what_was_stored() {
    let server = controlled();
    let (space, other) = (server.space(&Value::Null), server.space(&Value::Null));
    space.text(ROOM);
    space.json(
        "PUT",
        "/rooms/main/r/alarm",
        &json!({ "at": 4_102_444_800_000_u64 }),
    );
    let snapshot = space.post("/snapshot");
    space.text(ROOM);
    let mut socket = space.ws(ROOM);
    space.json("POST", "/restore", &snapshot);
    assert_eq!(socket.closed().code, 1012);
    assert_eq!(space.text(ROOM), "2", "the third one is undone");
    other.json("POST", "/restore", &snapshot);
    assert_eq!(
        other.get("/rooms/main/r/alarm"),
        json!({ "at": 4_102_444_800_000_u64 })
    );
    assert_eq!(other.text(ROOM), "2");
    let third = server.space(&json!({ "restore": snapshot }));
    assert_eq!(third.get("/rooms/main/r/storage/n"), json!(1));
}

#[test]
fn a_snapshot_in_a_file_outlives_its_server() {
    let file = {
        let server = controlled();
        let space = server.space(&Value::Null);
        space.text(ROOM);
        let folder = tempfile::tempdir().expect("a scratch folder").keep();
        let file = json!({ "file": folder.join("fixture") });
        assert_eq!(space.json("POST", "/snapshot", &file), file);
        file
    };
    let server = controlled();
    let space = server.space(&json!({ "restore": file }));
    assert_eq!(space.text(ROOM), "2");
    let refused = |body: Value| space.refused("POST", "/restore", &body);
    assert_eq!(refused(json!({ "id": "p9" })), (404, "snapshot".into()));
    assert_eq!(
        refused(json!({ "file": "/nowhere" })),
        (404, "snapshot".into())
    );
    assert_eq!(refused(json!({})), (400, "options".into()));
    assert_eq!(
        refused(json!({ "file": server.dev.project().path().join("server.ts") })),
        (409, "snapshot".into())
    );
    assert_eq!(space.text(ROOM), "3", "a refused one changes nothing");
}

// ---- faults ----

#[test]
fn the_next_write_fails_and_the_one_after_it_does_not() {
    let server = controlled();
    let space = server.space(&Value::Null);
    assert_eq!(space.text(ROOM), "1");
    let fault = json!({ "write": "fail", "room": "r" });
    space.json("POST", "/faults", &fault);
    assert_eq!(space.text("/parties/main/other"), "1", "another room");
    assert_eq!(space.text(ROOM), "The room was reset");
    assert_eq!(space.text(ROOM), "2");
    assert_eq!(space.get("/faults"), json!({ "faults": [] }));
}

#[test]
fn a_full_disk_stays_full_until_it_is_mended() {
    let server = controlled();
    let (space, other) = (server.space(&Value::Null), server.space(&Value::Null));
    space.json("POST", "/faults", &json!({ "write": "full" }));
    for _ in 0..3 {
        assert_eq!(space.text(ROOM), "The room was reset");
    }
    assert_eq!(other.text(ROOM), "1");
    let logs = space.get("/logs?event=error");
    let text = logs["logs"][0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("disk is full"), "{logs}");
    space.json("DELETE", "/faults", &Value::Null);
    assert_eq!(space.text(ROOM), "1");
    let refused = space.refused("POST", "/faults", &json!({ "write": "never" }));
    assert_eq!(refused, (400, "options".into()));
}

#[test]
fn connections_are_cut_and_closed_from_outside() {
    let server = controlled();
    let space = server.space(&Value::Null);
    let at = |id: &str, what: &str| format!("/rooms/main/r/connections/{id}/{what}");
    let mut ann = space.ws("/parties/main/r?_pk=ann");
    space.json("POST", "/settle", &Value::Null);
    space.post(&at("ann", "cut"));
    assert_eq!(ann.closed(), Closed::without_frame());
    space.post("/settle");
    assert_eq!(space.get("/rooms/main/r/storage/closed"), json!("ann"));
    let mut bob = space.ws("/parties/main/r?_pk=bob");
    space.post("/settle");
    space.json(
        "POST",
        &at("bob", "close"),
        &json!({ "code": 4001, "reason": "test" }),
    );
    assert_eq!(
        bob.closed(),
        Closed {
            code: 4001,
            reason: "test".to_owned()
        }
    );
    let gone = space.refused("POST", &at("nobody", "cut"), &Value::Null);
    assert_eq!(gone, (404, "connection".into()));
}

#[test]
fn a_bad_line_is_late_and_loses_messages_by_its_seed() {
    let server = controlled();
    let space = server.space(&Value::Null);
    let at = "/rooms/main/r/connections/ann/fault";
    let mut ann = space.ws("/parties/main/r?_pk=ann");
    space.post("/settle");
    let mut heard = |seed: u64| {
        let line = json!({ "drop": 0.5, "seed": seed });
        space.json("PUT", at, &line);
        ann.send("40");
        space.post("/settle");
        space.json("PUT", at, &json!({}));
        ann.send("1");
        let mut heard = Vec::new();
        loop {
            let text = ann.text();
            if text == "0" && !heard.is_empty() {
                return heard;
            }
            heard.push(text);
        }
    };
    let first = heard(7);
    assert!((5..35).contains(&first.len()), "{first:?}");
    assert_eq!(heard(7), first);
    assert_ne!(heard(8), first);
    space.json("PUT", at, &json!({ "delay": 200 }));
    let started = Instant::now();
    ann.send("3");
    let late: Vec<_> = (0..3).map(|_| ann.text()).collect();
    assert_eq!(late, ["0", "1", "2"]);
    assert!(started.elapsed() >= Duration::from_millis(200));
    let started = Instant::now();
    ann.send("1");
    let sent = json!({ "room": "r", "id": "ann", "messages": 8 });
    space.json("POST", "/settle", &json!({ "connections": [sent] }));
    assert!(
        started.elapsed() >= Duration::from_millis(200),
        "what is late has left when the space has settled"
    );
    assert_eq!(ann.text(), "0");
    let wrong = space.refused("PUT", at, &json!({ "drop": 2 }));
    assert_eq!(wrong, (400, "options".into()));
}

// ---- outbound ----

#[test]
fn a_test_answers_the_requests_of_rooms() {
    let server = controlled();
    let space = server.space(&json!({ "outbound": "refuse" }));
    let mut outbound = Outbound::of(&server, &space.path);
    let url = "/parties/main/r?to=https://api.example/v1%3Fx=1";
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| space.text(url));
        let asked = outbound.next();
        assert_eq!(
            (&asked["room"], &asked["method"], &asked["url"]),
            (
                &json!("r"),
                &json!("GET"),
                &json!("https://api.example/v1?x=1")
            )
        );
        let settled = space.post("/settle");
        assert_eq!(settled["pending"][0]["what"], "a request");
        let fetch = &settled["pending"][1];
        assert_eq!(fetch["what"], "a fetch");
        assert_eq!(fetch["at"], "server.ts:12:30", "{settled}");
        outbound.say(&json!({ "id": asked["id"], "status": 201, "headers": [["x-mine", "yes"]], "body": "aGVsbG8=" }));
        assert_eq!(
            answer.join().expect("it is answered"),
            r#"[201,"yes","hello"]"#
        );

        let answer = scope.spawn(|| space.text(url));
        let asked = outbound.next();
        outbound.say(&json!({ "id": asked["id"], "error": "no route" }));
        let text = answer.join().expect("it is answered");
        assert!(
            text.starts_with(r#"["TypeError""#) && text.contains("no route"),
            "{text}"
        );

        let answer = scope.spawn(|| space.text(url));
        let asked = outbound.next();
        outbound.say(&json!({ "id": asked["id"], "pass": true }));
        let text = answer.join().expect("it is answered");
        assert!(text.contains("--allow-net"), "{text}");

        let answer = scope.spawn(|| space.text(url));
        outbound.next();
        drop(outbound);
        let text = answer.join().expect("it is answered");
        assert!(text.contains("has ended"), "{text}");
    });
}

#[test]
fn what_nobody_answers_is_refused_where_there_is_no_network() {
    let server = controlled();
    let space = server.space(&json!({ "outbound": "refuse" }));
    let text = space.text("/parties/main/r?to=http://127.0.0.1:9/x");
    assert!(
        text.contains("--allow-net") && text.contains("127.0.0.1:9/x"),
        "{text}"
    );
    let own = format!(
        "/parties/main/r?to=http://{}/parties/main/other",
        space.host
    );
    assert_eq!(space.text(&own), r#"[200,null,"1"]"#);
    let wrong = server.refused("POST", "/spaces", &json!({ "outbound": "maybe" }));
    assert_eq!(wrong, (400, "options".into()));
    let answer = server.request("GET", "/outbound").send();
    assert_eq!(refusal(&answer), (426, "upgrade".into()));
}

#[test]
fn command_of_a_test_has_no_network_unless_it_is_allowed() {
    let project = Project::inline(PARTY).file(
        "t.mjs",
        r#"console.log(await (await fetch(`${process.env.PARTYRUN_URL}/parties/main/r?to=http://127.0.0.1:9/`)).text());"#,
    );
    let exit = project.test(&["node", "t.mjs"]);
    assert!(exit.stdout.contains("--allow-net"), "{}", exit.stdout);
    let project = project.args(&["--allow-net"]);
    let exit = project.test(&["node", "t.mjs"]);
    assert!(!exit.stdout.contains("--allow-net"), "{}", exit.stdout);
    assert!(exit.stdout.contains("TypeError"), "{}", exit.stdout);
}

#[test]
fn sockets_are_refused_where_there_is_no_network() {
    let server = Controlled::inline(
        r#"
import { connect } from "cloudflare:sockets";
const to = "127.0.0.1:9";
const ways = {
  websocket: () => new Promise((done, fail) => {
    const socket = new WebSocket(`ws://${to}/`);
    socket.onerror = (event) => fail(new Error(event.message));
    socket.onopen = done;
  }),
  upgrade: () => fetch(`http://${to}/`, { headers: { upgrade: "websocket" } }),
  tcp: () => connect(to).opened,
};
export default class {
  async onRequest(req) {
    const way = ways[new URL(req.url).searchParams.get("way")];
    return way().then(() => new Response("open"), (error) => new Response(error.message));
  }
}"#,
    );
    let (refusing, open) = (
        server.space(&json!({ "outbound": "refuse" })),
        server.space(&Value::Null),
    );
    for way in ["websocket", "upgrade", "tcp"] {
        let url = format!("/parties/main/r?way={way}");
        let (refused, failed) = (refusing.text(&url), open.text(&url));
        assert!(refused.contains("--allow-net"), "{way}: {refused}");
        assert!(
            failed.contains("onnect to `127.0.0.1:9`"),
            "{way}: {failed}"
        );
    }
}
