//! User code that replaces JavaScript's own functions changes what it calls itself, and nothing that the
//! runtime does for it.

use std::process::Command;

use serde_json::json;

use crate::harness::{Dev, Project, ROOM, fixtures_folder, program};

/// Runs `fixtures/pollution` with the arguments and gives what it says. It fails by itself when a room
/// is hurt in silence, or a neighbour at all.
fn attack(arguments: &[&str]) -> String {
    let output = Command::new("node")
        .arg("attack.mjs")
        .arg(program())
        .args(arguments)
        .current_dir(fixtures_folder().join("pollution"))
        .output()
        .unwrap_or_else(|error| panic!("This test needs Node.js on PATH: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    said
}

fn figures(said: &str) -> &str {
    said.lines().last().unwrap_or_default()
}

#[test]
fn rooms_work_without_what_libraries_replace() {
    let said = attack(&[
        "--only",
        "^(Array.isArray|Array.prototype.(push|map|filter|slice|includes|@@iterator)|Array|Map|Set|Math|console|JSON|Date\
         |Map.prototype.(get|set|values)|Reflect.construct|Promise.prototype.(then|catch)|Function.prototype.(apply|bind)\
         |String.prototype.(split|startsWith)|RegExp.prototype.(exec|test)|ArrayIterator.next|setTimeout|clearTimeout|URL\
         |Object.prototype.(get|set|start|limit|value|then|status|headers|signal)) ",
    ]);
    let (count, rest) = figures(&said).split_once(' ').expect("there are figures");
    assert!(
        count.parse::<u32>().is_ok_and(|count| count > 140),
        "{said}"
    );
    assert!(
        rest.contains(" 0 of them silent, 0 neighbours hurt"),
        "{said}"
    );
    // What a room's own code calls is its own business: it logs.
    let hurt = said.lines().count() - 1;
    assert!(hurt <= 4, "{said}");
}

#[test]
fn no_pollution_hurts_in_silence() {
    let said = attack(&["--part", "7/60"]);
    assert!(
        figures(&said).contains(" 0 of them silent, 0 neighbours hurt"),
        "{said}"
    );
}

/// What fake timers, zones and console wrappers do: each replaces globals by its own.
const LIBRARIES: &str = r#"
const real = { Promise, setTimeout, clearTimeout, setInterval, Date, queueMicrotask };
let told = [];
function fakeTimers() {
  const due = [];
  globalThis.setTimeout = (callback) => due.push(callback);
  globalThis.setInterval = () => 0;
  globalThis.clearTimeout = globalThis.clearInterval = () => {};
  globalThis.queueMicrotask = () => {};
  globalThis.Date = class extends real.Date { constructor() { super(0); } static now() { return 0; } };
  return () => { for (const callback of due.splice(0)) callback(); };
}
function zones() {
  const { then } = Promise.prototype;
  Promise.prototype.then = function (done, failed) {
    told.push("then");
    return then.call(this, done && ((value) => done(value)), failed);
  };
  globalThis.Promise = class ZonePromise extends real.Promise {};
  for (const level of ["log", "warn", "error"]) {
    console[level] = (...values) => told.push(level, ...values);
  }
  EventTarget.prototype.addEventListener = function () { told.push("listener"); };
}
let tick;
export default class {
  constructor(room) { this.room = room; }
  onStart() { tick = fakeTimers(); zones(); }
  async onRequest(request) {
    await this.room.storage.put("a", 1);
    let fired = false;
    setTimeout(() => fired = true);
    const early = fired;
    tick();
    told = [];
    console.log("mine");
    return Response.json({ early, fired, now: Date.now(), told, stored: [...(await this.room.storage.list()).keys()] });
  }
  async onMessage(message, connection) {
    if (message === "alarm") await this.room.storage.setAlarm(real.Date.now() + 10);
    else connection.send(message);
  }
  onClose() { return new Promise(() => {}); }
  onAlarm() { this.room.broadcast("alarm"); }
}"#;

#[test]
fn fake_timers_and_zones_have_their_way_and_the_room_its_own() {
    let dev = Dev::inline(LIBRARIES);
    let seen = dev.json(ROOM);
    assert_eq!(
        seen,
        json!({ "early": false, "fired": true, "now": 0, "told": ["log", "mine"], "stored": ["a"] })
    );
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("echo"), "echo");
    assert_eq!(socket.ask("alarm"), "alarm");
    // Its handler never settles: the runtime's own timer ends the wait.
    assert_eq!(socket.close(1000, "").code, 1000);
}

/// The isolate of the static handlers is one for all rooms.
const STATICS: &str = r#"
const { Response } = globalThis;
const nonsense = () => { throw new Error("polluted"); };
export default class {
  onRequest() { return new Response("room"); }
  onConnect(connection) { connection.send("hello"); }
  static onFetch(request, lobby, context) {
    Array.isArray = Array.prototype.push = Array.prototype.map = Array.prototype.find = nonsense;
    Array.prototype[Symbol.iterator] = Map.prototype.get = Promise.prototype.then = Promise.resolve = nonsense;
    Reflect.construct = Reflect.apply = Function.prototype.call = Function.prototype.apply = nonsense;
    String.prototype.split = String.prototype.startsWith = RegExp.prototype.exec = Object.keys = nonsense;
    globalThis.Map = globalThis.URL = globalThis.Request = globalThis.console = nonsense;
    Object.prototype.get = Object.prototype.status = Object.prototype.redirect = 17;
    return new Response("fetched");
  }
  static onBeforeRequest(request) { return request; }
  static onBeforeConnect(request) { return request; }
  static onCron(controller) { if (controller.name !== "often") throw new Error(controller.name); }
}"#;

#[test]
fn static_handlers_work_in_polluted_globals() {
    let dev = Project::inline(STATICS)
        .config("crons", json!({ "often": "0 0 1 1 *" }))
        .dev();
    assert_eq!(dev.get("/elsewhere").text(), "fetched");
    for _ in 0..2 {
        assert_eq!(dev.get(ROOM).text(), "room");
        assert_eq!(dev.ws(ROOM).text(), "hello");
        let ran = dev.get("/__scheduled__?cron=often").text();
        assert!(ran.starts_with("ran cron often"), "{ran}");
    }
}
