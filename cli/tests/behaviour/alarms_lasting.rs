//! Alarms outlive the room that set them: eviction, sleep, new code, and the process itself.

use std::time::Duration;
use std::{fs, thread};

use serde_json::json;

use crate::harness::{Dev, Project, ROOM};
use crate::hibernation::{nap, restless};

/// Tells what this instance has been through. `POST` sets an alarm so many milliseconds ahead.
const WAKER: &str = r#"
export default class {
  options = { hibernate: true };
  log = ["constructed"];
  constructor(readonly room) {}
  async onStart() { this.log.push("started " + await this.room.storage.getAlarm()); }
  onAlarm() {
    this.log.push("alarm");
    console.log(`fired ${this.room.id} [${this.log}]`);
    this.room.broadcast("fired");
  }
  async onRequest(req) {
    this.log.push("asked");
    if (req.method === "POST") await this.room.storage.setAlarm(Date.now() + Number(await req.text()));
    return Response.json([this.room.id, await this.room.storage.getAlarm() !== null]);
  }
}"#;

/// Row 182.
#[test]
fn alarm_wakes_an_evicted_room() {
    let dev = restless(WAKER);
    dev.post(ROOM, "1000");
    dev.stdout_has("fired r [constructed,started null,alarm]");
}

/// Row 183.
#[test]
fn room_woken_by_its_alarm_has_its_id() {
    let dev = restless(WAKER);
    for (name, id) in [("a%20b", "a%20b"), ("%C3%A9", "%C3%A9")] {
        dev.post(&format!("/parties/main/{name}"), "1000");
        dev.stdout_has(&format!("fired {id} [constructed,started null,alarm]"));
        assert_eq!(
            dev.json(&format!("/parties/main/{name}")),
            json!([id, false])
        );
    }
}

/// Row 182.
#[test]
fn alarm_wakes_a_sleeping_room_with_its_sockets() {
    let dev = restless(WAKER);
    let mut socket = dev.ws(ROOM);
    dev.post(ROOM, "1500");
    assert_eq!(socket.text(), "fired");
    dev.stdout_has("fired r [constructed,started null,alarm]");
}

/// Row 182.
#[test]
fn alarm_set_while_a_room_is_woken_by_one_stays() {
    let dev = restless(
        r#"
export default class {
  constructor(readonly room) {}
  async onStart() {
    const { storage } = this.room;
    const starts = ((await storage.get("starts")) ?? 0) + 1;
    await storage.put("starts", starts);
    if (starts < 3 && await storage.getAlarm() === null) await storage.setAlarm(Date.now() + 1200);
  }
  async onAlarm() { console.log("alarm after start", await this.room.storage.get("starts"), await this.room.storage.getAlarm() === null); }
  onRequest() { return new Response("ok"); }
}"#,
    );
    dev.get(ROOM);
    dev.stdout_has("alarm after start 2 false");
    dev.stdout_has("alarm after start 3 true");
}

/// Row 182.
#[test]
fn failed_start_is_a_failed_alarm() {
    let dev = restless(
        r#"
export default class {
  constructor(readonly room) {}
  async onStart() {
    const starts = ((await this.room.storage.get("starts")) ?? 0) + 1;
    await this.room.storage.put("starts", starts);
    if (starts === 2) throw new Error("not this time");
  }
  async onAlarm() { console.log("alarm after start", await this.room.storage.get("starts")); }
  async onRequest() { await this.room.storage.setAlarm(Date.now() + 1000); return new Response("ok"); }
}"#,
    );
    dev.get(ROOM);
    dev.stderr_has("not this time");
    dev.stdout_has("alarm after start 3");
}

/// Row 184.
#[test]
fn alarms_survive_a_restart_and_overdue_ones_fire_at_once() {
    let mut dev = Dev::inline(WAKER);
    dev.post("/parties/main/overdue", "300");
    dev.post("/parties/main/ahead", "3000");
    dev.kill9();
    thread::sleep(Duration::from_millis(400));
    dev.start_again();
    dev.stdout_has("fired overdue [constructed,started null,alarm]");
    assert_eq!(dev.json("/parties/main/ahead"), json!(["ahead", true]));
    dev.stdout_has("fired ahead");
    // The end of the handler, not what it printed, is what the alarm's deletion comes with.
    assert_eq!(dev.json("/parties/main/ahead"), json!(["ahead", false]));
    dev.restart();
    nap();
    assert!(!dev.stdout().contains("fired"), "{}", dev.stdout());
}

/// Row 184.
#[test]
fn alarm_is_as_durable_as_the_write_beside_it() {
    let mut dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onAlarm() { console.log("count", await this.room.storage.get("count")); }
  async onRequest(req) {
    const { storage } = this.room;
    storage.put("count", Number(await req.text()));
    storage.setAlarm(Date.now() + 60000);
    storage.setAlarm(Date.now() + 200);
    return new Response("ok");
  }
}"#,
    );
    dev.post(ROOM, "7");
    dev.kill9();
    dev.start_again();
    dev.stdout_has("count 7");
}

/// Row 184.
#[test]
fn alarm_whose_handler_was_cut_off_by_the_end_fires_again() {
    let mut dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onAlarm() {
    const { storage } = this.room;
    const tries = ((await storage.get("tries")) ?? 0) + 1;
    await storage.put("tries", tries);
    await storage.sync();
    console.log("try", tries);
    if (tries === 1) await new Promise(() => setInterval(() => {}, 1000));
    console.log("finished");
  }
  async onRequest() { await this.room.storage.setAlarm(Date.now()); return new Response("ok"); }
}"#,
    );
    dev.get(ROOM);
    dev.stdout_has("try 1");
    dev.kill9();
    dev.start_again();
    dev.stdout_has("try 2\nfinished");
}

/// Row 184.
#[test]
fn alarm_fires_in_new_code() {
    let dev = Dev::inline(WAKER);
    dev.post(ROOM, "800");
    dev.edit("server.ts", &WAKER.replace("fired", "new code fired"));
    dev.prints("Reloaded");
    dev.stdout_has("new code fired r [constructed,");
}

/// Row 184.
#[test]
fn handler_that_is_at_work_finishes_before_new_code_starts() {
    let source = WAKER.replace(
        "onAlarm() {",
        "async onAlarm() { console.log('old at work'); await new Promise((resolve) => setTimeout(resolve, 800));",
    );
    let dev = Dev::inline(&source);
    dev.post(ROOM, "0");
    dev.stdout_has("old at work");
    dev.edit("server.ts", &source.replace("fired", "new fired"));
    dev.prints("Reloaded");
    dev.stdout_has("\nfired r [constructed,started");
    assert!(!dev.stdout().contains("new fired"), "{}", dev.stdout());
}

/// Row 184.
#[test]
fn alarm_of_a_removed_party_waits_for_its_return() {
    let dev = Project::inline("export default class {}")
        .party("extra", WAKER)
        .dev();
    let config = dev.project().path().join("partykit.json");
    let with_party = fs::read_to_string(&config).expect("the configuration is there");
    dev.post("/parties/extra/r", "600");
    dev.edit(
        "partykit.json",
        &with_party.replace("\"extra\"", "\"other\""),
    );
    dev.stderr_has("Alarms of rooms are waiting: the project has no party `extra`");
    dev.edit("partykit.json", &with_party);
    dev.stdout_has("fired r [constructed,started null,alarm]");
}

/// Rows 175, 184.
#[test]
fn alarm_without_persistence_outlives_a_reload() {
    let mut dev = Project::inline(WAKER).args(&["--persist", "false"]).dev();
    dev.post(ROOM, "800");
    dev.edit("server.ts", &WAKER.replace("fired", "new code fired"));
    dev.prints("Reloaded");
    dev.stdout_has("new code fired r");
    dev.post(ROOM, "100");
    dev.restart();
    nap();
    assert!(!dev.stdout().contains("fired"), "{}", dev.stdout());
}

/// Row 178.
#[test]
fn many_rooms_have_their_alarms_at_once() {
    let dev = restless(WAKER);
    for room in 0..40 {
        dev.post(&format!("/parties/main/{room}"), "2500");
    }
    for room in 0..40 {
        dev.stdout_has(&format!("fired {room} ["));
    }
}

/// Row 181.
#[test]
fn alarm_that_breaks_its_room_is_tried_again() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onAlarm() {
    const tries = ((await this.room.storage.get("tries")) ?? 0) + 1;
    await this.room.storage.put("tries", tries);
    await this.room.storage.sync();
    if (tries === 1) this.room.blockConcurrencyWhile(() => { throw new Error("broken"); });
    await new Promise((resolve) => setTimeout(resolve, 10));
    console.log("try", tries);
  }
  async onRequest() { await this.room.storage.setAlarm(Date.now()); return new Response("ok"); }
}"#,
    );
    dev.get(ROOM);
    dev.stderr_has("The room was reset");
    dev.stdout_has("try 2");
}
