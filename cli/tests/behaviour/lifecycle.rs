//! How a room starts: constructor, `onStart`, first event.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Dev, ROOM};

/// Row 70.
#[test]
fn classes_and_objects_are_servers() {
    let class =
        Dev::inline(r#"export default class { onRequest() { return new Response("class") } }"#);
    assert_eq!(class.get(ROOM).text(), "class");
    let object = Dev::inline(r#"export default { onRequest() { return new Response("object") } }"#);
    assert_eq!(object.get(ROOM).text(), "object");
    let function = Dev::inline(
        r#"function Old() {} Old.prototype.onRequest = () => new Response("function"); export default Old;"#,
    );
    assert_eq!(function.get(ROOM).text(), "function");
}

/// Row 70.
#[test]
fn class_without_members_is_a_server() {
    let dev = Dev::inline("export default class {}");
    assert_eq!(dev.get(ROOM).text(), "No onRequest handler");
    let mut socket = dev.ws(ROOM);
    socket.send("to nobody");
    socket.quiet_for(Duration::from_millis(100));
}

/// Rows 71, 72.
#[test]
fn constructor_gets_the_room() {
    let dev = Dev::inline(
        r#"
export default class {
  early: unknown[];
  constructor(readonly room: any) {
    this.early = [room.id, room.name, room.internalID.length, typeof room.storage.get, Object.keys(room.env)];
  }
  onRequest() { return Response.json({ early: this.early, kept: this.room.id }); }
}"#,
    );
    let expected = json!({ "early": ["r", "main", 64, "function", []], "kept": "r" });
    assert_eq!(dev.json(ROOM), expected);
}

/// Rows 71, 131, 132.
#[test]
fn constructor_sees_no_connections() {
    let dev = Dev::inline(
        r#"
export default class {
  early: unknown[];
  constructor(room) {
    room.broadcast("to nobody");
    this.early = [room.getConnection("a") === undefined, [...room.getConnections()].length];
  }
  onRequest() { return Response.json(this.early); }
}"#,
    );
    assert_eq!(dev.json(ROOM), json!([true, 0]));
    dev.prints(
        ".getConnection was invoked before first connection. This will always return undefined.",
    );
    dev.prints("Party.getConnections was invoked before first connection. This will always return an empty list.");
}

const ORDER: &str = r#"
export default class {
  log = ["fields"];
  constructor(readonly room) { this.log.push("constructor"); }
  async onStart() {
    this.log.push("start");
    console.log("starting");
    await new Promise((resolve) => setTimeout(resolve, 300));
    this.log.push("started");
  }
  onConnect(conn) { this.log.push("connect"); conn.send(this.log.join()); }
  onRequest() { this.log.push("request"); return new Response(this.log.join()); }
}"#;

/// Row 74.
#[test]
fn on_start_runs_once_before_the_first_event() {
    let dev = Dev::inline(ORDER);
    assert_eq!(
        dev.get(ROOM).text(),
        "fields,constructor,start,started,request"
    );
    assert_eq!(
        dev.ws(ROOM).text(),
        "fields,constructor,start,started,request,connect"
    );
}

/// Row 75.
#[test]
fn first_event_waits_for_on_start() {
    let dev = Dev::inline(ORDER);
    let start = Instant::now();
    assert_eq!(
        dev.ws(ROOM).text(),
        "fields,constructor,start,started,connect"
    );
    assert!(start.elapsed() >= Duration::from_millis(300));
}

/// Row 76.
#[test]
fn events_during_on_start_wait_too() {
    let dev = Dev::inline(ORDER);
    let answers = thread::scope(|scope| {
        let ask = || dev.get(ROOM).text();
        let first = scope.spawn(ask);
        dev.stdout_has("starting");
        let second = scope.spawn(ask);
        [first, second].map(|asked| asked.join().expect("both requests are answered"))
    });
    for answer in answers {
        assert!(
            answer.starts_with("fields,constructor,start,started,request"),
            "{answer}"
        );
    }
}

/// Rows 76, 148.
#[test]
fn room_may_call_itself_while_starting() {
    let dev = Dev::inline(
        r#"
export default class {
  told = "nothing";
  constructor(readonly room) {}
  async onStart() {
    const self = await this.room.context.parties.main.get(this.room.id).fetch("/self");
    this.told = await self.text();
  }
  onRequest(req) { return new Response(req.url.endsWith("/self") ? "myself" : this.told); }
}"#,
    );
    assert_eq!(dev.get(ROOM).text(), "myself");
}

const FAILS_ONCE: &str = r#"
export default class {
  starts = 0;
  onStart() {
    this.starts += 1;
    if (this.starts === 1) throw new Error("not yet awake");
  }
  onConnect(conn) { conn.send("started " + this.starts); }
  onRequest() { return new Response("started " + this.starts); }
}"#;

/// Row 77.
#[test]
fn error_in_on_start_is_500_and_on_start_is_tried_again() {
    let dev = Dev::inline(FAILS_ONCE);
    let answer = dev.get(ROOM);
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "not yet awake")
    );
    let again = dev.get(ROOM);
    assert_eq!(again.status, 200, "{}", again.text());
    assert!(again.text().starts_with("started"));
}

/// Row 78.
#[test]
fn error_in_on_start_refuses_a_socket() {
    let dev = Dev::inline(FAILS_ONCE);
    let answer = dev.refused(ROOM);
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "not yet awake")
    );
    assert!(dev.ws(ROOM).text().starts_with("started"));
}

/// Row 79.
#[test]
fn code_of_a_constructor_error_is_the_status() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor() { throw Object.assign(new Error("maintenance"), { code: 503 }); }
  onRequest() {}
}"#,
    );
    let answer = dev.get(ROOM);
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (503, "maintenance")
    );
    assert_eq!(dev.refused(ROOM).status, 503);
    assert_eq!(
        dev.get(ROOM).status,
        503,
        "a failed room is constructed again, and fails again"
    );
}

const LISTENERS: &str = r#"
export default class {
  options = { hibernate: HIBERNATE };
  onConnect(conn) { conn.addEventListener("message", (event) => conn.send("listener " + event.data)); }
  onMessage(message, conn) { conn.send("handler " + message); }
}"#;

/// Rows 73, 108.
#[test]
fn hibernating_rooms_have_no_listeners() {
    let sleeping = Dev::inline(&LISTENERS.replace("HIBERNATE", "true"));
    let mut socket = sleeping.ws(ROOM);
    assert_eq!(socket.ask("a"), "handler a");
    assert_eq!(socket.ask("b"), "handler b");

    let awake = Dev::inline(&LISTENERS.replace("HIBERNATE", "false"));
    let mut socket = awake.ws(ROOM);
    assert_eq!(socket.ask("a"), "handler a");
    assert_eq!(socket.text(), "listener a");
}
