//! What the dashboard is told, and what it does.

use serde_json::{Value, json};

use crate::harness::{Dev, Page, Project, ROOM, eventually};

fn fixture() -> Dev {
    Project::fixture_without_packages("dashboard")
        .args(&["--persist", "false"])
        .dev()
}

#[test]
fn rooms_are_told_in_numbers() {
    let dev = fixture();
    let mut page = Page::open(&dev);
    assert_eq!(page.get("/figures")["rooms"], json!([]));
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    let mut bob = dev.ws("/parties/main/lobby?_pk=bob");
    bob.text();
    ann.send("hi");
    assert_eq!((ann.text(), bob.text()), ("hi".to_owned(), "hi".to_owned()));
    dev.post("/parties/main/attic", "");
    let rooms = page.get("/figures")["rooms"].clone();
    let lobby = &rooms[1];
    assert_eq!(lobby["room"], "lobby");
    let figure = |name: &str| lobby[name].as_u64();
    assert_eq!(
        (figure("connections"), figure("heard"), figure("said")),
        (Some(2), Some(1), Some(4))
    );
    assert_eq!(lobby["status"], "awake");
    assert!(rooms[0]["alarm"].is_u64(), "{rooms}");
    eventually("the watchdog has looked", || {
        let memory = page.get("/figures")["rooms"][1]["memory"].as_u64();
        (memory > Some(1 << 20)).then_some(())
    });
    page.done("POST", "/rooms/main/attic/evict", Value::Null);
    eventually("it is only stored", || {
        (page.get("/figures")["rooms"][0]["status"] == "stored").then_some(())
    });
}

#[test]
fn room_that_computes_is_busy_and_holds_nobody_up() {
    let dev = Dev::inline(
        "export default class { onMessage() { const end = Date.now() + 1500; while (Date.now() < end); } }",
    );
    let mut page = Page::open(&dev);
    let mut socket = dev.ws(ROOM);
    let _other = dev.ws("/parties/main/other");
    socket.send("go");
    eventually("it is busy", || {
        let rooms = page.get("/figures")["rooms"].clone();
        let status = |at: usize| rooms[at]["status"].as_str().map(str::to_owned);
        (status(1)? == "busy" && status(0)? == "awake").then_some(())
    });
}

#[test]
fn messages_are_shown_both_ways_as_they_pass() {
    let dev = fixture();
    let mut page = Page::open(&dev);
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    page.tap("main", "lobby");
    ann.send("hi");
    ann.text();
    ann.send_bytes(&[1, 2]);
    ann.bytes();
    let (messages, missed) = page.passed(4);
    assert_eq!(missed, 0);
    let said = |at: usize, names: [&str; 3]| names.map(|name| messages[at][name].clone());
    assert_eq!(
        said(0, ["from", "text", "size"]),
        [json!("ann"), json!("hi"), json!(2)]
    );
    assert_eq!(
        said(1, ["many", "text", "size"]),
        [json!(1), json!("hi"), json!(2)]
    );
    assert_eq!(
        said(2, ["from", "base64", "size"]),
        [json!("ann"), json!("AQI="), json!(2)]
    );
    assert_eq!(
        said(3, ["many", "base64", "size"]),
        [json!(1), json!("AQI="), json!(2)]
    );
}

/// The room has another thread afterwards.
#[test]
fn messages_are_shown_on_when_the_room_begins_anew() {
    let dev = fixture();
    let mut page = Page::open(&dev);
    page.tap("main", "lobby");
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    page.done("POST", "/rooms/main/lobby/evict", Value::Null);
    let mut bob = dev.ws("/parties/main/lobby?_pk=bob");
    bob.text();
    eventually("it is shown", || {
        bob.send("still there");
        bob.text();
        page.get("/figures");
        let seen = page.seen();
        let mut texts = seen.iter().map(|message| &message["text"]);
        texts.any(|text| text == "still there").then_some(())
    });
}

#[test]
fn of_a_flood_what_is_left_out_is_counted() {
    let dev = fixture();
    let mut page = Page::open(&dev);
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    page.tap("main", "lobby");
    ann.send("flood");
    let (mut shown, mut missed) = (0, 0);
    while shown + missed < 20_001 {
        let (messages, more) = page.passed(1);
        shown += messages.len() as u64;
        missed += more;
    }
    assert_eq!(shown + missed, 20_001);
    assert!(missed > 0 && shown > 0, "{shown} and {missed}");
}

#[test]
fn room_speaks_to_a_connection_and_closes_it() {
    let dev = fixture();
    let mut page = Page::open(&dev);
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    let found = page.get("/rooms/main/lobby/connections")["connections"][0].clone();
    assert_eq!(
        (&found["id"], &found["tags"]),
        (&json!("ann"), &json!(["ann", "player ann"]))
    );
    assert_eq!(found["state"], json!({ "name": "ann" }));
    let at = |what: &str| format!("/rooms/main/lobby/connections/ann/{what}");
    page.done("POST", &at("send"), json!({ "text": "psst" }));
    assert_eq!(ann.text(), "psst");
    page.done("POST", &at("send"), json!({ "base64": "AQI=" }));
    assert_eq!(ann.bytes(), [1, 2]);
    page.done(
        "POST",
        &at("close"),
        json!({ "code": 4001, "reason": "enough" }),
    );
    let closed = ann.closed();
    assert_eq!((closed.code, closed.reason.as_str()), (4001, "enough"));
    eventually("it is gone", || {
        let (status, body) = page.ask("POST", &at("send"), json!({ "text": "psst" }));
        (status == 404 && body["error"]["code"] == "connection").then_some(())
    });
}

#[test]
fn storage_and_alarm_are_read_written_and_run() {
    let dev = fixture();
    let mut page = Page::open(&dev);
    assert_eq!(dev.post("/parties/main/lobby", "").text(), "stored");
    let storage = "/rooms/main/lobby/storage";
    let entries = page.get(&format!("{storage}?prefix=user:&limit=1"));
    let ann = json!({ "joined": { "$date": 0 }, "roles": { "$set": ["admin"] } });
    assert_eq!(entries["entries"], json!([["user:ann", ann]]));
    page.done("PUT", &format!("{storage}/big"), json!({ "$bigint": "10" }));
    assert_eq!(
        page.get(&format!("{storage}/big")),
        json!({ "$bigint": "10" })
    );
    page.done("PUT", storage, json!({ "entries": [["a", 1], ["b", 2]] }));
    page.done("DELETE", &format!("{storage}/count"), Value::Null);
    let ran = page.done("POST", "/rooms/main/lobby/alarm/run", Value::Null);
    assert_eq!(ran, json!({ "ran": true, "retry": false }));
    dev.stdout_has("the alarm ran");
    page.done("DELETE", storage, Value::Null);
    assert_eq!(page.get(storage)["entries"], json!([]));
}

#[test]
fn errors_from_before_it_was_opened_are_told_and_logs_from_then_on() {
    let dev = fixture();
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    ann.send("early");
    ann.text();
    ann.send("throw");
    dev.stderr_has("thrown on demand");
    let mut page = Page::open(&dev);
    let logs = page.get("/logs");
    let first = &logs["logs"][0];
    assert_eq!(
        (&first["event"], &first["room"]),
        (&json!("error"), &json!("lobby"))
    );
    let text = first["text"].as_str().unwrap_or_default();
    assert!(
        text.contains("thrown on demand") && text.contains("src/server.ts:"),
        "{text}"
    );
    assert_eq!(logs["logs"].as_array().map(Vec::len), Some(1), "{logs}");
    ann.send("late");
    ann.text();
    let next = format!("/logs?since={}", logs["next"]);
    let late = eventually("it is logged", || page.get(&next)["logs"].get(0).cloned());
    assert_eq!(
        (&late["text"], &late["level"]),
        (&json!("ann said something"), &json!("log"))
    );
}

#[test]
fn crons_and_bindings_are_told_and_a_cron_is_run() {
    let dev = fixture();
    let mut page = Page::open(&dev);
    let crons = page.get("/crons");
    let nightly = &crons["crons"][0];
    assert_eq!(
        (&nightly["name"], &nightly["expression"]),
        (&json!("nightly"), &json!("0 3 * * *"))
    );
    assert_eq!(
        nightly["next"].as_u64().map(|at| at % 86_400_000),
        Some(3 * 3_600_000)
    );
    assert_eq!(
        (&crons["handled"], &crons["scheduled"]),
        (&json!(true), &json!(false))
    );
    let ran = page.done("POST", "/crons/nightly", Value::Null);
    assert_eq!(ran, json!({ "ok": true, "status": 200 }));
    dev.stdout_has("cron nightly ran");
    let bound = page.get("/bindings");
    assert_eq!(bound["vars"], json!(["GREETING"]), "names, no values");
    assert_eq!(bound["ai"], false);
}

#[test]
fn code_files_and_clocks_are_out_of_its_reach() {
    let dev = fixture();
    let mut page = Page::open(&dev);
    for (method, path) in [
        ("POST", "/rooms/main/lobby/run"),
        ("POST", "/snapshot"),
        ("POST", "/restore"),
        ("POST", "/spaces"),
        ("POST", "/clock"),
        ("POST", "/reset"),
        ("POST", "/faults"),
    ] {
        let (status, body) = page.ask(method, path, json!({}));
        assert_eq!(
            (status, &body["error"]["code"]),
            (404, &json!("route")),
            "{path}"
        );
    }
    let (status, _) = page.ask("GET", "not a path", Value::Null);
    assert_eq!(status, 400);
}
