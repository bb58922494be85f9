//! Rooms that are to go while a debugger holds them, rooms that compute, and debuggers that go wrong (row
//! 242).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Controlled, Dev, Project};
use crate::inspector::{SERVER, paused};

const A: &str = "/parties/main/a";

#[test]
fn a_room_that_is_held_can_be_ended() {
    for end in ["evict", "restart"] {
        let server = Controlled::inline(SERVER);
        let (mut socket, mut debugger, _) = paused(&server.dev);
        let done = server.post(&format!("/rooms/main/a/{end}"));
        assert_eq!(done, json!({ format!("{end}ed"): true }));
        debugger.event("Debugger.resumed");
        // What it had under way is done.
        assert_eq!(socket.text(), "HI");
        assert_eq!(socket.closed().code, 1012);
        // The next one has the breakpoint, too.
        let mut socket = server.dev.ws(A);
        socket.send("again");
        let (_, line) = debugger.paused();
        assert_eq!(line, "const shout = parsed.text.toUpperCase();");
        debugger.resume();
        assert_eq!(socket.text(), "AGAIN");
    }
}

#[test]
fn a_room_that_stays_after_all_keeps_its_debugger() {
    let server = Controlled::inline(SERVER);
    let (mut socket, mut debugger, _) = paused(&server.dev);
    debugger.event("Runtime.executionContextCreated");
    let keep = json!({ "sockets": "keep" });
    let refused = server.refused("POST", "/rooms/main/a/evict", &keep);
    assert_eq!(refused, (409, "sockets".into()));
    assert_eq!(socket.text(), "HI");
    // It is attached again, and has set what was set, once this is answered.
    debugger.event("Runtime.executionContextCreated");
    debugger.ask("Runtime.evaluate", json!({ "expression": "1" }));
    socket.send("again");
    debugger.paused();
    debugger.resume();
    assert_eq!(socket.text(), "AGAIN");
}

#[test]
fn a_room_that_computes_is_attached_to_and_paused() {
    let source = SERVER.replace(
        "    sender.send(shout);",
        "    if (shout === \"LOOP\") console.log(\"begun\");
    while (shout === \"LOOP\" && this.seen.count);
    sender.send(shout);",
    );
    let dev = Dev::inline(&source);
    let mut socket = dev.ws(A);
    socket.send("loop");
    dev.stdout_has("begun");
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    debugger.ask("Debugger.pause", json!({}));
    let (frame, line) = debugger.paused();
    assert!(line.starts_with("while (shout"), "{line}");
    assert_eq!(debugger.value(&frame, "this.seen.count = 0"), 0);
    debugger.resume();
    assert_eq!(socket.text(), "LOOP");
}

#[test]
fn a_debugger_that_comes_after_another_is_heard() {
    let dev = Dev::inline(SERVER);
    for _ in 0..3 {
        let (mut socket, mut debugger, _) = paused(&dev);
        debugger.resume();
        assert_eq!(socket.text(), "HI");
        drop(debugger);
        // Its breakpoint is gone before the next one comes.
        assert_eq!(socket.ask("free"), "FREE");
    }
}

#[test]
fn a_debugger_that_does_not_read_is_left() {
    let dev = Dev::inline(SERVER);
    let (mut socket, mut debugger, _) = paused(&dev);
    for _ in 0..12 {
        let params = json!({ "expression": "'x'.repeat(8 << 20)" });
        debugger.send("Runtime.evaluate", params);
    }
    dev.prints("A debugger of `main/a` does not read: it is disconnected");
    assert_eq!(socket.text(), "HI");
}

#[test]
fn rooms_of_other_spaces_are_named_with_their_space() {
    let server = Controlled::inline(SERVER);
    let space = server.space(&Value::Null);
    let (mut socket, mut debugger, _) = paused(&server.dev);
    let mut other = space.ws(A);
    assert_eq!(other.ask("free"), "FREE");
    let title = format!("{}: main/a", space.id);
    let mut second = server.dev.debugger(&title);
    second.enable();
    second.break_at("server.ts", "const shout");
    other.send("held");
    let (frame, _) = second.paused();
    assert_eq!(second.value(&frame, "parsed.text"), "held");
    debugger.resume();
    assert_eq!(socket.text(), "HI");
    drop(second);
    assert_eq!(other.text(), "HELD");
}

#[test]
fn many_rooms_are_listed_at_once() {
    const ROOMS: usize = 200;
    let source = SERVER.replace(
        "  seen: Seen",
        "  readonly options = { hibernate: true };\n  seen: Seen",
    );
    let dev = Project::inline(&source).env("PARTYRUN_IDLE_MS", "50").dev();
    let mut sockets = Vec::new();
    for number in 0..ROOMS {
        let mut socket = dev.ws(&format!("/parties/main/r{number}"));
        assert_eq!(socket.ask("x"), "X");
        sockets.push(socket);
    }
    let port = dev.debug_port();
    assert_eq!(port.targets().len(), 1 + ROOMS);
    let list = || {
        let request = port.request("/json/list");
        let start = Instant::now();
        assert_eq!(request.send().status, 200);
        start.elapsed()
    };
    // The machine may have something else to do: the quickest counts.
    let took = (0..10).map(|_| list()).min().expect("there are some");
    assert!(took < Duration::from_millis(20), "{took:?}");
}
