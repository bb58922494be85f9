//! One connection to all rooms: as VS Code attaches, and as DevTools for Node.js does (row 242).

use std::thread::scope;

use serde_json::json;

use crate::harness::{DebugPort, Debugger, Dev, Project, Running, get, ready_port};
use crate::inspector::SERVER;

const A: &str = "/parties/main/a";
const ALL: &str = "partyrun: all rooms";

/// As VS Code begins.
fn attach_to_all(dev: &Dev, waits: bool) -> Debugger {
    let mut debugger = dev.debugger(ALL);
    debugger.enable();
    let params = json!({
        "contextId": 1,
        "returnByValue": true,
        "expression": "typeof process === 'undefined' ? 'none' : ({ processId: process.pid })",
    });
    let telemetry = debugger.ask("Runtime.evaluate", params);
    let pid = &telemetry["result"]["value"]["processId"];
    assert_eq!(*pid, dev.process());
    let params = json!({ "waitForDebuggerOnStart": waits });
    debugger.ask("NodeWorker.enable", params);
    debugger
}

#[test]
fn one_connection_debugs_every_room() {
    let dev = Dev::inline(SERVER);
    dev.get(A);
    let mut debugger = attach_to_all(&dev, false);
    let attached = debugger.enter_worker("main/a");
    let url = attached["workerInfo"]["url"].as_str().expect("it is text");
    assert!(url.ends_with("/server.ts"), "{url}");
    debugger.enable();
    debugger.break_at("server.ts", "const shout");
    let mut socket = dev.ws(A);
    socket.send("hi");
    let (frame, line) = debugger.paused();
    assert_eq!(line, "const shout = parsed.text.toUpperCase();");
    assert_eq!(debugger.value(&frame, "parsed.text"), "hi");
    debugger.resume();
    assert_eq!(socket.text(), "HI");
    // One that comes later.
    dev.get("/parties/main/b");
    debugger.enter_worker("main/b");
    debugger.enable();
    let params = json!({ "expression": "6 * 7" });
    assert_eq!(
        debugger.ask("Runtime.evaluate", params)["result"]["value"],
        42
    );
}

#[test]
fn debuggers_of_both_kinds_take_turns() {
    let dev = Dev::inline(SERVER);
    let mut socket = dev.ws(A);
    assert_eq!(socket.ask("one"), "ONE");
    let enter_as_code = || {
        let mut debugger = attach_to_all(&dev, false);
        debugger.enter_worker("main/a");
        debugger
    };
    let enter_as_devtools = || {
        let mut debugger = dev.debugger(ALL);
        debugger.enter_target("main/a");
        debugger
    };
    let ways: [&dyn Fn() -> Debugger; 4] = [
        &enter_as_devtools,
        &enter_as_code,
        &enter_as_devtools,
        &enter_as_code,
    ];
    for enter in ways {
        let mut debugger = enter();
        debugger.enable();
        debugger.break_at("server.ts", "const shout");
        socket.send("hi");
        let (_, line) = debugger.paused();
        assert_eq!(line, "const shout = parsed.text.toUpperCase();");
        drop(debugger);
        assert_eq!(socket.text(), "HI");
        assert_eq!(socket.ask("free"), "FREE");
    }
}

#[test]
fn a_new_room_waits_for_a_debugger_that_asks_for_it() {
    let dev = Dev::inline(SERVER);
    dev.get(A);
    let mut debugger = attach_to_all(&dev, true);
    debugger.enter_worker("main/a");
    let answer = scope(|scope| {
        let answer = scope.spawn(|| dev.get("/parties/main/b").text());
        let attached = debugger.enter_worker("main/b");
        assert_eq!(attached["waitingForDebugger"], true);
        debugger.enable();
        debugger.send("Debugger.setPauseOnExceptions", json!({ "state": "none" }));
        assert!(debugger.scripts().is_empty(), "it has loaded nothing");
        debugger.ask("Runtime.runIfWaitingForDebugger", json!({}));
        answer.join().expect("it is answered")
    });
    assert_eq!(answer, "b 1");
}

#[test]
fn a_debugger_that_goes_keeps_no_room_waiting() {
    let dev = Dev::inline(SERVER);
    dev.get(A);
    let mut debugger = attach_to_all(&dev, true);
    let answer = scope(|scope| {
        let answer = scope.spawn(|| dev.get("/parties/main/b").text());
        debugger.enter_worker("main/b");
        drop(debugger);
        answer.join().expect("it is answered")
    });
    assert_eq!(answer, "b 1");
}

#[test]
fn with_inspect_brk_the_worker_and_the_first_room_wait() {
    let project = Project::inline(SERVER).args(&["--inspect-brk=127.0.0.1:0"]);
    let running = Running::start(&mut project.serving());
    let port = DebugPort::told_in(|| running.stdout.text() + &running.stderr.text());
    // The worker, which checks the modules, comes first.
    let mut worker = port.debugger("worker");
    worker.enable();
    worker.ask("Runtime.runIfWaitingForDebugger", json!({}));
    running.says("Ready on");
    let ready = running.stdout.wait(ready_port).expect("it is told");
    let answer = scope(|scope| {
        let answer = scope.spawn(|| get(ready, A).text());
        let mut room = port.debugger("main/a");
        room.enable();
        room.ask("Runtime.runIfWaitingForDebugger", json!({}));
        answer.join().expect("it is answered")
    });
    assert_eq!(answer, "a 1");
}
