//! What is still there after the program ended.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use serde_json::json;

use crate::harness::{Dev, Project, ROOM};

const KEEPER: &str = r#"
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    if (req.method === "POST") await this.room.storage.put("value", await req.text());
    return Response.json((await this.room.storage.get("value")) ?? null);
  }
  async onMessage(message, conn) {
    for (let i = 0; i < 10; i++) this.room.storage.put(`${message}-${i}`, i);
    conn.send("stored " + message);
  }
}"#;

/// Row 173.
#[test]
fn values_survive_a_restart() {
    let mut dev = Dev::inline(KEEPER);
    dev.post(ROOM, "kept");
    dev.restart();
    assert_eq!(dev.json(ROOM), "kept");
    assert_eq!(dev.json("/parties/main/other"), json!(null));
}

/// Row 173.
#[test]
fn acknowledged_write_survives_kill() {
    let mut dev = Dev::inline(KEEPER);
    for round in 0..3 {
        let text = format!("round {round}");
        assert_eq!(dev.post(ROOM, &text).status, 200);
        dev.kill9();
        dev.start_again();
        assert_eq!(dev.json(ROOM), json!(text));
    }
}

/// Row 173.
#[test]
fn frame_sent_after_a_write_says_it_is_stored() {
    let source = KEEPER.replace(
        r#"if (req.method === "POST")"#,
        r#"if (req.url.endsWith("?list")) return Response.json([...(await this.room.storage.list({ prefix: "last" })).values()]);
    if (req.method === "POST")"#,
    );
    let mut dev = Dev::inline(&source);
    let mut socket = dev.ws(ROOM);
    for i in 0..50 {
        socket.ask(&i.to_string());
    }
    assert_eq!(socket.ask("last"), "stored last");
    dev.kill9();
    dev.start_again();
    assert_eq!(
        dev.json(&format!("{ROOM}?list")),
        json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    );
}

/// Row 173.
#[test]
fn write_without_await_is_flushed_on_exit() {
    let mut dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    if (req.method === "POST") { this.room.storage.put("value", "flushed"); return new Response("ok"); }
    return Response.json((await this.room.storage.get("value")) ?? null);
  }
}"#,
    );
    dev.post(ROOM, "");
    dev.interrupt(Signal::TERM);
    dev.start_again();
    assert_eq!(dev.json(ROOM), "flushed");
}

/// Row 175.
#[test]
fn persist_false_forgets_on_restart() {
    let mut dev = Project::inline(KEEPER).args(&["--persist", "false"]).dev();
    dev.post(ROOM, "short lived");
    dev.edit(
        "server.ts",
        &KEEPER.replace("?? null", "?? null /* saved again */"),
    );
    dev.prints("Reloaded");
    assert_eq!(dev.json(ROOM), "short lived");
    dev.restart();
    assert_eq!(dev.json(ROOM), json!(null));
    assert!(!dev.project().path().join(".partykit").exists());
}

/// Row 175.
#[test]
fn config_may_turn_persistence_off() {
    let mut dev = Project::inline(KEEPER)
        .config("persist", json!(false))
        .dev();
    dev.post(ROOM, "short lived");
    dev.restart();
    assert_eq!(dev.json(ROOM), json!(null));
}

fn has_files(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Row 176.
#[test]
fn persist_takes_a_folder() {
    let mut dev = Project::inline(KEEPER)
        .args(&["--persist", "data/here"])
        .dev();
    dev.post(ROOM, "kept");
    assert!(has_files(&dev.project().path().join("data/here")));
    assert!(!dev.project().path().join(".partykit").exists());
    dev.restart();
    assert_eq!(dev.json(ROOM), "kept");
}

/// Row 176.
#[test]
fn values_are_below_dot_partykit_by_default() {
    let dev = Dev::inline(KEEPER);
    dev.post(ROOM, "kept");
    assert!(has_files(&dev.project().path().join(".partykit/state")));
}
