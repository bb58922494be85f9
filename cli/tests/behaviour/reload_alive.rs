//! What a save does to the sockets and requests that are under way.

use std::thread;
use std::time::Duration;

use crate::harness::{Dev, ROOM};

/// A room that answers with `text`; messages other than a question are ignored.
fn version(text: &str, hibernate: bool) -> String {
    format!(
        r#"
export default class {{
  options = {{ hibernate: {hibernate} }};
  onMessage(message, conn) {{ if (message === "?") conn.send("{text}"); }}
  async onRequest(req) {{
    if (req.url.endsWith("?slow")) {{
      console.log("under way");
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }}
    return new Response("{text}");
  }}
}}"#
    )
}

/// Row 238.
#[test]
fn hibernating_socket_reaches_the_new_code() {
    let dev = Dev::inline(&version("one", true));
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("?"), "one");
    for text in ["two", "three"] {
        dev.edit("server.ts", &version(text, true));
        dev.answers(ROOM, text);
        assert_eq!(socket.ask("?"), text);
    }
}

/// Row 238.
#[test]
fn socket_that_cannot_hibernate_is_told_to_reconnect() {
    let dev = Dev::inline(&version("one", false));
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("?"), "one");
    dev.edit("server.ts", &version("two", false));
    assert_eq!(socket.closed().code, 1012);
    assert_eq!(dev.ws(ROOM).ask("?"), "two");
}

/// Row 238.
#[test]
fn socket_is_told_to_reconnect_while_it_sends() {
    let dev = Dev::inline(&version("one", false));
    let mut socket = dev.ws(ROOM);
    let large = "x".repeat(20_000);
    dev.edit("server.ts", &version("two", false));
    let closed = loop {
        for _ in 0..10 {
            socket.send(&large);
        }
        match socket.ask_unless_closed("?") {
            Ok(answer) => assert_eq!(answer, "one"),
            Err(closed) => break closed,
        }
    };
    assert_eq!(closed.code, 1012);
}

/// Row 238.
#[test]
fn room_that_stops_hibernating_tells_its_sockets_to_reconnect() {
    let dev = Dev::inline(&version("one", true));
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("?"), "one");
    dev.edit("server.ts", &version("two", false));
    dev.answers(ROOM, "two");
    assert_eq!(socket.closed().code, 1012);
    assert_eq!(dev.ws(ROOM).ask("?"), "two");
}

/// Row 238.
#[test]
fn room_that_starts_hibernating_keeps_its_new_sockets() {
    let dev = Dev::inline(&version("one", false));
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("?"), "one");
    dev.edit("server.ts", &version("two", true));
    assert_eq!(socket.closed().code, 1012);
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("?"), "two");
    dev.edit("server.ts", &version("three", true));
    dev.answers(ROOM, "three");
    assert_eq!(socket.ask("?"), "three");
}

/// Row 238.
#[test]
fn save_without_a_change_closes_no_socket() {
    let dev = Dev::inline(&version("one", false));
    let mut socket = dev.ws(ROOM);
    for _ in 0..3 {
        dev.edit("server.ts", &version("one", false));
        thread::sleep(Duration::from_millis(300));
        assert_eq!(socket.ask("?"), "one");
    }
    assert!(!dev.stdout().contains("Reloaded"), "{}", dev.stdout());
}

/// Row 237. What the new code waits for is told.
#[test]
fn save_waits_for_a_request_that_is_under_way() {
    let dev = Dev::inline(&version("one", false));
    thread::scope(|scope| {
        let slow = scope.spawn(|| dev.get(&format!("{ROOM}?slow")));
        dev.stdout_has("under way");
        dev.edit("server.ts", &version("two", false));
        dev.answers(ROOM, "two");
        let answer = slow.join().expect("it is answered");
        assert_eq!((answer.status, answer.text().as_str()), (200, "one"));
    });
    let told = "Note: Room `main/r` is finishing a request on the old code (up to 9 s)\n";
    dev.stderr_has(told);
    assert_eq!(dev.stderr(), told);
}

/// Row 237.
#[test]
fn save_does_not_wait_in_other_rooms() {
    let dev = Dev::inline(&version("one", false));
    thread::scope(|scope| {
        let slow = scope.spawn(|| dev.get(&format!("{ROOM}?slow")).status);
        dev.stdout_has("under way");
        dev.edit("server.ts", &version("two", false));
        dev.answers("/parties/main/other", "two");
        assert!(!slow.is_finished(), "the slow request is still under way");
        assert_eq!(slow.join().expect("it is answered"), 200);
    });
}
