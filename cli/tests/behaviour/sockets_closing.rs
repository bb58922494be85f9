//! How a WebSocket ends, and what the room hears of it.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Closed, Dev, ROOM, eventually};

const ROOM_THAT_WATCHES: &str = r#"
export default class {
  options = { hibernate: HIBERNATE };
  constructor(readonly room) {}
  onConnect(conn) { conn.send("hello"); }
  onMessage(message, conn) {
    if (message.startsWith("close")) conn.close(...JSON.parse(message.slice(5)));
    else conn.send("echo " + message);
  }
  async onClose(conn) {
    const others = [...this.room.getConnections()].map((c) => c.id);
    console.log(`onClose ${conn.id} ${arguments.length} [${others}]`);
    await 0;
    this.room.broadcast(conn.id + " left");
  }
  onError(conn) { console.log("onError " + conn.id); }
}"#;

fn awake() -> Dev {
    Dev::inline(&ROOM_THAT_WATCHES.replace("HIBERNATE", "false"))
}

fn hibernating() -> Dev {
    Dev::inline(&ROOM_THAT_WATCHES.replace("HIBERNATE", "true"))
}

fn closed(code: u16, reason: &str) -> Closed {
    Closed {
        code,
        reason: reason.to_owned(),
    }
}

/// Rows 97, 98.
#[test]
fn on_close_gets_the_connection_which_is_gone_from_the_list() {
    for dev in [awake(), hibernating()] {
        let _other = dev.ws(&format!("{ROOM}?_pk=other"));
        let mut socket = dev.ws(&format!("{ROOM}?_pk=one"));
        socket.close(1000, "done");
        dev.stdout_has("onClose one 1 [other]");
    }
}

/// Row 99.
#[test]
fn lost_connection_is_a_close() {
    for dev in [awake(), hibernating()] {
        drop(dev.ws(&format!("{ROOM}?_pk=lost")));
        dev.stdout_has("onClose lost 1 []");
        assert!(!dev.stdout().contains("onError lost"));
    }
}

/// Rows 99, 111.
#[test]
fn lost_connection_has_code_1006() {
    let dev = Dev::inline(
        r#"
export default class {
  onConnect(conn) {
    conn.addEventListener("close", (e) => console.log("lost", e.code, e.reason, e.wasClean));
  }
}"#,
    );
    drop(dev.ws(ROOM));
    dev.stdout_has("lost 1006 WebSocket disconnected without sending Close frame. false");
}

/// Row 100.
#[test]
fn closing_handshake_is_completed() {
    for dev in [awake(), hibernating()] {
        let mut socket = dev.ws(ROOM);
        assert_eq!(socket.text(), "hello");
        assert_eq!(socket.close(1000, "done"), closed(1000, "done"));
        let mut bare = dev.ws(ROOM);
        assert_eq!(bare.text(), "hello");
        assert_eq!(bare.close_bare(), closed(1005, ""));
        let mut own = dev.ws(ROOM);
        assert_eq!(own.close(4321, "mine"), closed(4321, "mine"));
    }
}

/// Row 100.
#[test]
fn closing_handshake_does_not_wait_for_a_slow_handler() {
    let dev =
        Dev::inline(r#"export default class { async onClose() { await new Promise(() => {}); } }"#);
    let mut socket = dev.ws(ROOM);
    let start = Instant::now();
    assert_eq!(socket.close(1000, "bye"), closed(1000, "bye"));
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "answered after {:?}",
        start.elapsed()
    );
}

/// Row 101.
#[test]
fn on_close_can_tell_the_others() {
    for dev in [awake(), hibernating()] {
        let mut other = dev.ws(ROOM);
        assert_eq!(other.text(), "hello");
        dev.ws(&format!("{ROOM}?_pk=guest")).close(1000, "");
        assert_eq!(other.text(), "guest left");
    }
}

/// Row 102.
#[test]
fn room_closes_with_code_and_reason() {
    for dev in [awake(), hibernating()] {
        let mut socket = dev.ws(&format!("{ROOM}?_pk=kicked"));
        socket.send(r#"close[4000, "kicked"]"#);
        assert_eq!(
            socket.closed_within(Duration::from_secs(2)),
            closed(4000, "kicked")
        );
        dev.stdout_has("onClose kicked 1");
    }
}

/// Row 103.
#[test]
fn room_closes_without_a_code() {
    let dev = awake();
    let mut socket = dev.ws(ROOM);
    socket.send("close[]");
    assert_eq!(socket.closed(), closed(1005, ""));
}

/// Row 104.
#[test]
fn close_checks_its_code() {
    let dev = Dev::inline(
        r#"
export default class {
  onConnect(conn) {
    const errors = [999, 1005, 1006, 5000, 0].map((code) => {
      try { conn.close(code); return "accepted"; } catch (error) { return error.name + ": " + error.message; }
    });
    conn.send(JSON.stringify(errors));
  }
}"#,
    );
    let codes = [999, 1005, 1006, 5000, 0];
    let expected = codes.map(|code| format!("TypeError: Invalid WebSocket close code: {code}."));
    assert_eq!(dev.ws(ROOM).json(), json!(expected));
}

/// Row 104.
#[test]
fn fraction_of_a_close_code_is_cut_off() {
    let dev =
        Dev::inline(r#"export default class { onMessage(_, conn) { conn.close(3000.9, "x") } }"#);
    let mut socket = dev.ws(ROOM);
    socket.send("bye");
    assert_eq!(socket.closed(), closed(3000, "x"));
}

/// Row 105.
#[test]
fn send_after_close_throws() {
    let dev = Dev::inline(
        r#"
export default class {
  onConnect(conn) {
    conn.close(1000, "done");
    try { conn.send("late"); } catch (error) { console.log(`${error.name}: ${error.message}`); }
  }
}"#,
    );
    assert_eq!(dev.ws(ROOM).closed(), closed(1000, "done"));
    dev.stdout_has("TypeError: Can't call WebSocket send() after close().");
}

/// Row 102.
#[test]
fn messages_before_a_close_are_delivered() {
    let dev = Dev::inline(
        r#"
export default class {
  onMessage(message, conn) {
    for (let i = 0; i < 100; i++) conn.send("line " + i);
    conn.close(1000, "all said");
  }
}"#,
    );
    let mut socket = dev.ws(ROOM);
    socket.send("go");
    for i in 0..100 {
        assert_eq!(socket.text(), format!("line {i}"));
    }
    assert_eq!(socket.closed(), closed(1000, "all said"));
}

const DUPLICATES: &str = r#"
export default class {
  options = { hibernate: HIBERNATE };
  constructor(readonly room) {}
  onConnect(conn, { request }) { conn.setState(new URL(request.url).searchParams.get("n")); }
  onMessage(message, conn) { conn.send("echo to " + conn.state); }
  onRequest(req) {
    if (req.method === "POST") this.room.broadcast("to all");
    try { return new Response("now " + this.room.getConnection("same")?.state); }
    catch (error) { return new Response(error.message); }
  }
}"#;

/// Row 123.
#[test]
fn newest_connection_has_the_id() {
    let dev = Dev::inline(&DUPLICATES.replace("HIBERNATE", "false"));
    let mut old = dev.ws(&format!("{ROOM}?_pk=same&n=1"));
    let mut new = dev.ws(&format!("{ROOM}?_pk=same&n=2"));
    assert_eq!(dev.post(ROOM, "").text(), "now 2");
    assert_eq!(new.text(), "to all");
    assert_eq!(old.ask("still here"), "echo to 1");
    old.close(1000, "");
    assert_eq!(dev.post(ROOM, "").text(), "now 2");
    assert_eq!(new.text(), "to all");
    new.close(1000, "");
    eventually("the id is free", || {
        (dev.get(ROOM).text() == "now undefined").then_some(())
    });
}

/// Row 124.
#[test]
fn hibernating_rooms_keep_both() {
    let dev = Dev::inline(&DUPLICATES.replace("HIBERNATE", "true"));
    let mut one = dev.ws(&format!("{ROOM}?_pk=same&n=1"));
    let mut two = dev.ws(&format!("{ROOM}?_pk=same&n=2"));
    let expected = "More than one connection found for id same. Did you mean to use getConnections(tag) instead?";
    assert_eq!(dev.post(ROOM, "").text(), expected);
    assert_eq!([one.text(), two.text()], ["to all", "to all"]);
}

/// Row 105. Programs keep connections in lists of their own and send to all of them.
#[test]
fn send_to_a_connection_that_is_gone_harms_nobody() {
    for (options, name) in [
        ("", "awake"),
        ("options = { hibernate: true };", "hibernating"),
    ] {
        let dev = Dev::inline(&format!(
            r#"
export default class {{
  {options}
  all = [];
  onConnect(conn) {{ this.all.push(conn); }}
  onMessage(message) {{ for (const conn of this.all) conn.send(message); }}
}}"#
        ));
        let mut leaving = dev.ws("/party/r?_pk=a");
        let dropped = dev.ws("/party/r?_pk=b");
        let mut staying = dev.ws("/party/r?_pk=c");
        assert_eq!(staying.ask("all here"), "all here", "{name}");
        leaving.text();
        leaving.close(1000, "");
        drop(dropped);
        assert_eq!(staying.ask("one left"), "one left", "{name}");
    }
}

/// Row 102.
#[test]
fn second_close_looks_at_nothing() {
    let dev = Dev::inline(
        r#"
export default class {
  onConnect(conn) {
    const attempt = (...args) => { try { conn.close(...args); return "fine"; } catch (error) { return `${error}`; } };
    conn.send(attempt(99));
    conn.close(4000, "first");
    console.log("then " + attempt(99) + " " + attempt(undefined, "reason"));
  }
}"#,
    );
    let mut socket = dev.ws(ROOM);
    assert_eq!(
        socket.text(),
        "TypeError: Invalid WebSocket close code: 99."
    );
    assert_eq!(socket.closed(), closed(4000, "first"));
    dev.stdout_has("then fine fine");
}
