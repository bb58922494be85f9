//! Debuggers outlive isolates: over saves, sleep and resets they stay attached, and what they hold never
//! keeps the program from going on (row 242).

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use crate::harness::{Project, eventually};
use crate::inspector::SERVER;

const A: &str = "/parties/main/a";

#[test]
fn a_breakpoint_in_a_constructor_survives_a_save() {
    let dev = Project::inline(SERVER).dev();
    dev.get(A);
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    debugger.break_at("server.ts", "this.seen = first");
    dev.edit("server.ts", &SERVER.replace("${this.seen.count}", "new"));
    debugger.event("Runtime.executionContextsCleared");
    let answer = std::thread::scope(|scope| {
        let answer = scope.spawn(|| dev.get(A).text());
        let (frame, line) = debugger.paused();
        assert_eq!(line, "this.seen = first;");
        assert_eq!(debugger.value(&frame, "first"), json!({ "count": 1 }));
        debugger.resume();
        answer.join().expect("it is answered")
    });
    assert_eq!(answer, "a new");
}

#[test]
fn a_save_frees_what_is_paused() {
    let dev = Project::inline(SERVER).dev();
    let mut socket = dev.ws(A);
    assert_eq!(socket.ask("one"), "ONE");
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    debugger.break_at("server.ts", "const shout");
    socket.send("held");
    debugger.paused();
    dev.edit("server.ts", &SERVER.replace("${this.seen.count}", "new"));
    debugger.event("Debugger.resumed");
    assert_eq!(socket.text(), "HELD");
    assert_eq!(socket.closed().code, 1012);
    dev.answers(A, "a new");
    // The breakpoint is there in the new code.
    let mut socket = dev.ws(A);
    socket.send("again");
    let (_, line) = debugger.paused();
    assert_eq!(line, "const shout = parsed.text.toUpperCase();");
    debugger.resume();
    assert_eq!(socket.text(), "AGAIN");
}

#[test]
fn a_sleeping_room_takes_breakpoints() {
    let source = SERVER.replace(
        "  seen: Seen",
        "  readonly options = { hibernate: true };\n  seen: Seen",
    );
    let project = Project::inline(&source).env("PARTYRUN_IDLE_MS", "50");
    let dev = project.dev();
    let mut socket = dev.ws(A);
    assert_eq!(socket.ask("one"), "ONE");
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    let url = debugger.scripts()[0].to_owned();
    let place = debugger.break_at("server.ts", "const shout");
    let (line, column) = (
        place["locations"][0]["lineNumber"].clone(),
        place["locations"][0]["columnNumber"].clone(),
    );
    let id = dev.debug_port().targets()[1]["id"].clone();
    drop(debugger);
    eventually("the room sleeps", || {
        let mut debugger = dev.debugger("main/a");
        let answer = debugger.answer("Runtime.evaluate", json!({ "expression": "1" }));
        let is_asleep = answer["error"].is_object();
        drop(debugger);
        // A debugger keeps it awake.
        std::thread::sleep(Duration::from_millis(300));
        is_asleep.then_some(())
    });
    assert_eq!(dev.debug_port().targets()[1]["id"], id);
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    let params = json!({ "url": url, "lineNumber": line, "columnNumber": column });
    let set = debugger.ask("Debugger.setBreakpointByUrl", params);
    assert_eq!(set["locations"], json!([]));
    socket.send("woken");
    let resolved = debugger.event("Debugger.breakpointResolved");
    assert_eq!(resolved["breakpointId"], set["breakpointId"]);
    let (_, line) = debugger.paused();
    assert_eq!(line, "const shout = parsed.text.toUpperCase();");
    debugger.resume();
    assert_eq!(socket.text(), "WOKEN");
}

#[test]
fn a_removed_breakpoint_does_not_come_back() {
    let dev = Project::inline(SERVER).dev();
    dev.get(A);
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    let set = debugger.break_at("server.ts", "this.seen = first");
    let params = json!({ "breakpointId": set["breakpointId"] });
    debugger.ask("Debugger.removeBreakpoint", params);
    dev.edit("server.ts", &SERVER.replace("${this.seen.count}", "new"));
    debugger.event("Runtime.executionContextsCleared");
    dev.answers(A, "a new");
}

#[test]
fn the_end_waits_for_no_debugger() {
    let mut dev = Project::inline(SERVER).dev();
    let mut socket = dev.ws(A);
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    debugger.break_at("server.ts", "const shout");
    socket.send("held");
    debugger.paused();
    let (status, took) = dev.interrupt(Signal::INT);
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_room_that_is_reset_keeps_its_debugger() {
    let source = SERVER.replace(
        "    sender.send(shout);",
        "    if (shout === \"LOOP\") for (;;);\n    sender.send(shout);",
    );
    let project = Project::inline(&source).env("PARTYRUN_TURN_MS", "300");
    let dev = project.dev();
    let mut socket = dev.ws(A);
    assert_eq!(socket.ask("one"), "ONE");
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    socket.send("loop");
    debugger.event("Runtime.executionContextsCleared");
    dev.stderr_has("was reset");
    dev.answers(A, "a 1");
    let params = json!({ "expression": "1 + 1" });
    assert_eq!(
        debugger.ask("Runtime.evaluate", params)["result"]["value"],
        2
    );
}
