//! A room's alarm: what may be asked of it, when it fires, and what becomes of one that fails.

use serde_json::json;

use crate::harness::{Dev, ROOM};

/// Runs the body of a request as a function of the room's storage; alarms say what they see.
const ALARMED: &str = r#"
const caught = async (run) => { try { return await run() ?? "nothing"; } catch (e) { return `${e.name}: ${e.message}`; } };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default class {
  fired = 0;
  constructor(readonly room) {}
  async onAlarm(...args) {
    this.fired++;
    const { id, name, storage, context } = this.room;
    const ahead = await storage.getAlarm();
    console.log(`alarm ${id} ${this.fired}: ${args.length} ${ahead} ${name} ${Object.keys(context.parties)}`);
    const handle = await storage.get("handle");
    if (handle) await eval(handle)(storage, this.fired, this.room);
    console.log(`over ${id} ${this.fired}: ${(await storage.getAlarm()) === null}`);
  }
  async onRequest(req) {
    const { storage } = this.room;
    if (req.method === "PUT") { await storage.put("handle", await req.text()); return new Response("ok"); }
    if (req.method === "GET") return Response.json([this.fired, await storage.getAlarm(), this.room.id]);
    return Response.json((await eval(await req.text())(storage)) ?? null);
  }
}"#;

fn ask(dev: &Dev, room: &str, code: &str) -> serde_json::Value {
    let answer = dev.post(&format!("/parties/main/{room}"), code);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// What the alarm's handler of a room is to do, besides saying that it runs.
fn handle(dev: &Dev, room: &str, code: &str) {
    let request = dev.request("PUT", &format!("/parties/main/{room}"));
    assert_eq!(request.body(code.as_bytes()).send().status, 200);
}

/// Row 177.
#[test]
fn alarm_is_set_read_and_deleted() {
    let dev = Dev::inline(ALARMED);
    let told = ask(
        &dev,
        "r",
        "async (s) => {
          const soon = Date.now() + 60000;
          const seen = [await s.getAlarm(), await s.setAlarm(soon), await s.getAlarm() === soon];
          s.setAlarm(new Date(soon + 1));
          seen.push(await s.getAlarm() === soon + 1);
          await s.setAlarm(soon + 2.9, { allowUnconfirmed: true });
          seen.push(await s.getAlarm() === soon + 2, await s.deleteAlarm(), await s.getAlarm(), await s.deleteAlarm());
          return seen;
        }",
    );
    let expected = json!([null, null, true, true, true, null, null, null]);
    assert_eq!(told, expected);
}

/// Row 177.
#[test]
fn times_that_are_none_are_refused() {
    let dev = Dev::inline(ALARMED);
    let told = ask(
        &dev,
        "r",
        r#"async (s) => {
          const values = [0, -1, 0.4, new Date(0), NaN, Infinity, new Date(NaN), "abc", null, undefined, {}, 5n, 1e300, -1e300];
          const seen = [];
          for (const value of values) seen.push(await caught(() => s.setAlarm(value)));
          seen.push(await caught(() => s.setAlarm(1, 5)), await caught(() => s.getAlarm(5)), await caught(() => s.deleteAlarm("x")));
          seen.push(await caught(() => s.transaction((txn) => txn.setAlarm("x"))), await s.getAlarm());
          return seen;
        }"#,
    );
    let past = "TypeError: setAlarm() cannot be called with an alarm time <= 0";
    let invalid = "TypeError: The value cannot be converted because it is not a valid Date.";
    let wrong = |at: &str, number: u8, kind: &str| {
        format!("TypeError: Failed to execute '{at}': parameter {number} is not of type '{kind}'.")
    };
    let no_date = wrong("setAlarm' on 'DurableObjectStorage", 1, "date");
    assert_eq!(
        told,
        json!([
            past,
            past,
            past,
            past,
            invalid,
            invalid,
            invalid,
            no_date,
            no_date,
            no_date,
            no_date,
            no_date,
            "TypeError: This API doesn't support dates after 2189.",
            "TypeError: This API doesn't support dates before 1687.",
            wrong("setAlarm' on 'DurableObjectStorage", 2, "SetAlarmOptions"),
            wrong("getAlarm' on 'DurableObjectStorage", 1, "GetAlarmOptions"),
            wrong(
                "deleteAlarm' on 'DurableObjectStorage",
                1,
                "SetAlarmOptions"
            ),
            wrong("setAlarm' on 'DurableObjectTransaction", 1, "date"),
            null
        ])
    );
}

/// Rows 178, 179.
#[test]
fn alarm_fires_once_and_is_gone() {
    let dev = Dev::inline(ALARMED);
    ask(&dev, "r", "(s) => s.setAlarm(Date.now() + 100)");
    dev.stdout_has("alarm r 1: 0 null main main\nover r 1: true");
    assert_eq!(dev.json(ROOM), json!([1, null, "r"]));
}

/// Row 178.
#[test]
fn alarm_in_the_past_reads_as_the_present_and_fires_at_once() {
    let dev = Dev::inline(ALARMED);
    let told = ask(
        &dev,
        "r",
        "async (s) => { const now = Date.now(); await s.setAlarm(1); return await s.getAlarm() - now < 1000; }",
    );
    assert_eq!(told, json!(true));
    dev.stdout_has("over r 1: true");
}

/// Row 177.
#[test]
fn last_alarm_set_is_the_one_that_fires() {
    let dev = Dev::inline(ALARMED);
    ask(
        &dev,
        "r",
        "(s) => { s.setAlarm(Date.now() + 50); s.setAlarm(Date.now() + 60000); s.setAlarm(Date.now() + 300); }",
    );
    ask(
        &dev,
        "gone",
        "(s) => { s.setAlarm(Date.now() + 50); s.deleteAlarm(); }",
    );
    dev.stdout_has("over r 1: true");
    assert_eq!(dev.json(ROOM), json!([1, null, "r"]));
    assert!(!dev.stdout().contains("alarm gone"), "{}", dev.stdout());
}

/// Row 180.
#[test]
fn handler_may_set_the_next_alarm() {
    let dev = Dev::inline(ALARMED);
    handle(
        &dev,
        "r",
        "(s, n) => n < 5 && s.setAlarm(Date.now() + 20 * n)",
    );
    ask(&dev, "r", "(s) => s.setAlarm(Date.now())");
    dev.stdout_has("over r 4: false\nalarm r 5: 0 null main main\nover r 5: true");
}

/// Row 180.
#[test]
fn next_alarm_waits_for_the_handler_of_the_last() {
    let dev = Dev::inline(ALARMED);
    handle(
        &dev,
        "r",
        "async (s, n) => { if (n < 3) await s.setAlarm(Date.now() + 10); await pause(200); }",
    );
    ask(&dev, "r", "(s) => s.setAlarm(Date.now())");
    dev.stdout_has("over r 1: false\nalarm r 2: 0 null main main\nover r 2: false\nalarm r 3");
}

/// Row 181.
#[test]
fn failing_alarm_is_tried_again_later_and_later() {
    let dev = Dev::inline(ALARMED);
    handle(
        &dev,
        "r",
        "async (s, n) => { await s.put('at' + n, Date.now()); if (n < 3) throw new Error('not yet'); }",
    );
    ask(&dev, "r", "(s) => s.setAlarm(Date.now())");
    dev.stderr_has("onAlarm error (room `main/r`)");
    // Between the tries it is still set, in the past.
    let told = ask(&dev, "r", "async (s) => Date.now() - await s.getAlarm()");
    let age = told.as_i64().expect("an alarm is set");
    assert!((0..2000).contains(&age), "{age}");
    dev.stdout_has("alarm r 3");
    let told = ask(
        &dev,
        "r",
        "async (s) => { const [a, b, c] = await Promise.all(['at1', 'at2', 'at3'].map((k) => s.get(k))); return [b - a, c - b]; }",
    );
    assert!(told[0].as_i64() >= Some(2000), "{told}");
    assert!(told[1].as_i64() >= Some(4000), "{told}");
    assert_eq!(dev.json(ROOM), json!([3, null, "r"]));
}

/// Row 181.
#[test]
fn alarm_set_by_a_failing_handler_takes_the_place_of_the_retry() {
    let dev = Dev::inline(ALARMED);
    handle(
        &dev,
        "r",
        "async (s, n) => { if (n < 3) { await s.setAlarm(Date.now() + 50); throw new Error('again'); } }",
    );
    ask(&dev, "r", "(s) => s.setAlarm(Date.now())");
    dev.stdout_has("over r 3: true");
}

/// Row 181.
#[test]
fn alarm_set_or_deleted_between_the_tries_ends_them() {
    let dev = Dev::inline(ALARMED);
    for room in ["reset", "deleted"] {
        handle(
            &dev,
            room,
            "(s, n) => { if (n === 1) throw new Error('first'); }",
        );
        ask(&dev, room, "(s) => s.setAlarm(Date.now())");
        dev.stderr_has(&format!("onAlarm error (room `main/{room}`)"));
    }
    ask(&dev, "deleted", "(s) => s.deleteAlarm()");
    ask(&dev, "reset", "(s) => s.setAlarm(Date.now() + 2500)");
    dev.stdout_has("over reset 2: true");
    assert_eq!(
        dev.json("/parties/main/deleted"),
        json!([1, null, "deleted"])
    );
}

/// Row 177.
#[test]
fn alarm_survives_an_error_after_it() {
    let dev = Dev::inline(ALARMED);
    let answer = dev.post(
        ROOM,
        "async (s) => { await s.setAlarm(Date.now() + 50); throw new Error('too late') }",
    );
    assert_eq!(answer.status, 500);
    dev.stdout_has("over r 1: true");
}

/// Row 177.
#[test]
fn transaction_that_is_rolled_back_leaves_the_alarm() {
    let dev = Dev::inline(ALARMED);
    let told = ask(
        &dev,
        "r",
        "async (s) => {
          const seen = [];
          const note = async () => seen.push(await s.getAlarm() !== null);
          await s.transaction((txn) => txn.setAlarm(Date.now() + 60000)); await note();
          await caught(() => s.transaction(async (txn) => { await txn.deleteAlarm(); seen.push(await txn.getAlarm()); throw 1; })); await note();
          await s.transaction((txn) => txn.deleteAlarm()); await note();
          await s.transaction((txn) => { txn.setAlarm(Date.now()); txn.rollback(); }); await note();
          await caught(() => s.transaction(() => { s.setAlarm(Date.now()); throw 1; })); await note();
          return seen;
        }",
    );
    assert_eq!(told, json!([true, null, true, false, false, false]));
    assert_eq!(dev.json(ROOM), json!([0, null, "r"]));
}

/// Row 170.
#[test]
fn delete_all_leaves_the_alarm() {
    let dev = Dev::inline(ALARMED);
    ask(
        &dev,
        "r",
        "async (s) => { await s.setAlarm(Date.now() + 200); await s.put('k', 1); await s.deleteAll(); }",
    );
    dev.stdout_has("over r 1: true");
}

/// Row 178.
#[test]
fn alarm_waits_for_block_concurrency_while() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  onAlarm() { console.log("alarm"); }
  async onRequest() {
    await this.room.storage.setAlarm(Date.now());
    await this.room.blockConcurrencyWhile(() => new Promise((resolve) => setTimeout(resolve, 300)));
    console.log("unblocked");
    return new Response("");
  }
}"#,
    );
    dev.get(ROOM);
    dev.stdout_has("unblocked\n");
    dev.stdout_has("alarm\n");
    let out = dev.stdout();
    assert!(out.find("unblocked") < out.find("alarm"), "{out}");
}

/// Row 178.
#[test]
fn alarm_reaches_the_sockets() {
    let dev = Dev::inline(ALARMED);
    let mut socket = dev.ws(ROOM);
    handle(&dev, "r", "(s, n, room) => room.broadcast('alarmed')");
    ask(&dev, "r", "(s) => s.setAlarm(Date.now() + 50)");
    assert_eq!(socket.text(), "alarmed");
}

/// Row 178.
#[test]
fn party_without_a_handler_loses_its_alarm_quietly() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    if (req.method === "POST") await this.room.storage.setAlarm(Date.now() + 20);
    return new Response(await this.room.storage.getAlarm() === null ? "none" : "set");
  }
}"#,
    );
    assert_eq!(dev.post(ROOM, "").text(), "set");
    dev.answers(ROOM, "none");
    assert_eq!(dev.stderr(), "");
}

/// Row 183.
#[test]
fn alarm_reaches_other_rooms() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onAlarm() {
    const answer = await this.room.context.parties.main.get("other").fetch("/from/" + this.room.id);
    console.log(await answer.text());
  }
  async onRequest(req) {
    if (req.method === "POST") await this.room.storage.setAlarm(Date.now());
    return new Response(this.room.id + " was asked " + new URL(req.url).pathname);
  }
}"#,
    );
    dev.post(ROOM, "");
    dev.stdout_has("other was asked /parties/main/other/from/r");
}

/// Row 187.
#[test]
fn object_gets_its_room() {
    let dev = Dev::inline(
        r#"
export default {
  async onRequest(req, room) { await room.storage.setAlarm(Date.now() + 20); return new Response("ok"); },
  onAlarm(room, ...more) { console.log("alarm of", room.id, more.length, Object.keys(this).length); },
};"#,
    );
    dev.get(ROOM);
    dev.stdout_has("alarm of r 0 2");
}
