//! Debuggers that attach to a room: breakpoints in TypeScript, what stops with a room and what does not, what
//! is shown, and who is let in (row 242).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Debugger, Dev, Project, Socket};

pub const SERVER: &str = r#"// A room that shouts.
type Message = { text: string };

interface Seen {
  count: number;
}

export default class Server {
  seen: Seen = { count: 0 };

  constructor(readonly room: { id: string }) {
    const first: Seen = { count: 1 };
    this.seen = first;
  }

  onMessage(message: string, sender: { send(text: string): void }) {
    const parsed: Message = { text: message };
    const shout = parsed.text.toUpperCase();
    sender.send(shout);
  }

  onRequest() {
    return new Response(`${this.room.id} ${this.seen.count}`);
  }
}
"#;

const A: &str = "/parties/main/a";

/// A room with a socket, and a debugger that holds it where it shouts.
pub fn paused(dev: &Dev) -> (Socket, Debugger, Value) {
    let mut socket = dev.ws(A);
    assert_eq!(socket.ask("one"), "ONE");
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    let set = debugger.break_at("server.ts", "const shout");
    assert_eq!(set["locations"].as_array().map(Vec::len), Some(1), "{set}");
    socket.send("hi");
    let (frame, line) = debugger.paused();
    assert_eq!(line, "const shout = parsed.text.toUpperCase();");
    (socket, debugger, frame)
}

#[test]
fn a_breakpoint_in_typescript_is_hit_stepped_and_left() {
    let dev = Dev::inline(SERVER);
    let (mut socket, mut debugger, frame) = paused(&dev);
    assert_eq!(frame["functionName"], "onMessage");
    assert_eq!(debugger.value(&frame, "parsed"), json!({ "text": "hi" }));
    assert_eq!(debugger.value(&frame, "this.seen.count"), 1);
    debugger.ask("Debugger.stepOver", json!({}));
    let (frame, line) = debugger.paused();
    assert_eq!(line, "sender.send(shout);");
    assert_eq!(debugger.value(&frame, "shout"), "HI");
    debugger.resume();
    assert_eq!(socket.text(), "HI");
}

#[test]
fn a_paused_room_stops_no_other() {
    let dev = Dev::inline(SERVER);
    let (mut socket, mut debugger, _) = paused(&dev);
    let mut other = dev.ws("/parties/main/b");
    assert_eq!(other.ask("meanwhile"), "MEANWHILE");
    assert_eq!(dev.get("/parties/main/c").text(), "c 1");
    dev.prints("`main/a` is paused in the debugger");
    debugger.resume();
    assert_eq!(socket.text(), "HI");
}

#[test]
fn a_debugger_that_is_killed_lets_go() {
    let dev = Dev::inline(SERVER);
    let let_go = || {
        let (mut socket, debugger, _) = paused(&dev);
        let start = Instant::now();
        drop(debugger);
        assert_eq!(socket.text(), "HI");
        let took = start.elapsed();
        // Its breakpoint has gone with it.
        assert_eq!(socket.ask("again"), "AGAIN");
        took
    };
    // The machine may have something else to do: the quickest counts.
    let took = (0..5).map(|_| let_go()).min().expect("there are some");
    assert!(took < Duration::from_millis(100), "{took:?}");
}

#[test]
fn time_in_a_debugger_is_not_the_rooms() {
    let project = Project::inline(SERVER).env("PARTYRUN_TURN_MS", "300");
    let dev = project.dev();
    let (mut socket, mut debugger, _) = paused(&dev);
    // Longer than a room may compute, and than the watchdog looks away: nothing happens that could be
    // waited for.
    std::thread::sleep(Duration::from_millis(1200));
    debugger.resume();
    assert_eq!(socket.text(), "HI");
    drop(debugger);
    assert_eq!(socket.ask("still there"), "STILL THERE");
    assert!(!dev.stderr().contains("was reset"), "{}", dev.stderr());
}

#[test]
fn a_room_with_a_debugger_stays() {
    let project = Project::inline(SERVER).env("PARTYRUN_IDLE_MS", "50");
    let dev = project.dev();
    dev.get(A);
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    debugger.ask(
        "Runtime.evaluate",
        json!({ "expression": "globalThis.mark = 7" }),
    );
    // So many times longer than it would stay.
    std::thread::sleep(Duration::from_millis(600));
    let params = json!({ "expression": "globalThis.mark" });
    assert_eq!(
        debugger.ask("Runtime.evaluate", params)["result"]["value"],
        7
    );
}

#[test]
fn debuggers_see_the_projects_files_and_none_of_ours() {
    let dev = Dev::inline(SERVER);
    dev.get(A);
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    let context = debugger.event("Runtime.executionContextCreated");
    assert_eq!(context["context"]["name"], "main/a");
    let scripts = debugger.scripts();
    assert_eq!(scripts.len(), 1, "{scripts:?}");
    assert!(scripts[0].ends_with("/server.ts"), "{scripts:?}");
}

#[test]
fn the_console_is_shown_with_the_line_that_printed() {
    let dev = Dev::inline(
        "export default class {
  onRequest() {
    console.log('said', { a: 1 });
    return new Response('x');
  }
}",
    );
    dev.get(A);
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    dev.get(A);
    let called = debugger.event("Runtime.consoleAPICalled");
    assert_eq!(called["type"], "log");
    assert_eq!(called["args"][0]["value"], "said");
    let frame = &called["stackTrace"]["callFrames"][0];
    assert_eq!(frame["functionName"], "onRequest", "{called}");
    dev.stdout_has("said");
}

#[test]
fn heap_snapshots_and_profiles_are_taken() {
    let dev = Dev::inline(SERVER);
    let mut socket = dev.ws(A);
    let mut debugger = dev.debugger("main/a");
    debugger.enable();
    debugger.ask("HeapProfiler.takeHeapSnapshot", json!({}));
    let chunk = debugger.event("HeapProfiler.addHeapSnapshotChunk");
    let text = chunk["chunk"].as_str().expect("it is text");
    assert!(text.starts_with(r#"{"snapshot":"#), "{text}");
    debugger.ask("Profiler.enable", json!({}));
    debugger.ask("Profiler.start", json!({}));
    assert_eq!(socket.ask("x"), "X");
    let profile = debugger.ask("Profiler.stop", json!({}));
    assert!(profile["profile"]["nodes"].is_array(), "{profile}");
}

#[test]
fn all_rooms_come_first_then_rooms_by_name() {
    let dev = Dev::inline(SERVER);
    for room in ["b", "c", "a"] {
        dev.get(&format!("/parties/main/{room}"));
    }
    let targets = dev.debug_port().targets();
    let titles: Vec<_> = targets.iter().map(|target| &target["title"]).collect();
    assert_eq!(
        titles,
        ["partyrun: all rooms", "main/a", "main/b", "main/c"]
    );
    assert!(targets.iter().all(|target| target["type"] == "node"));
    // VS Code takes the first target then.
    let version = dev.debug_port().request("/json/version").send().json();
    assert_eq!(version["webSocketDebuggerUrl"], Value::Null);
    let page = dev.debug_port().request("/").send().text();
    assert!(page.contains("main/b"), "{page}");
}

#[test]
fn pages_and_foreign_names_are_refused() {
    let dev = Dev::inline(SERVER);
    dev.get(A);
    let list = |name: &str, value: &str| {
        let request = dev.debug_port().request("/json/list");
        request.header(name, value).send().status
    };
    assert_eq!(list("x-nothing", "1"), 200);
    assert_eq!(list("Host", "localhost:9229"), 200);
    assert_eq!(list("Host", "[::1]:9229"), 200);
    assert_eq!(list("Host", "evil.example"), 403);
    assert_eq!(list("Origin", "http://evil.example"), 403);
    assert_eq!(
        list("Origin", &format!("http://localhost:{}", dev.port())),
        403
    );
    assert_eq!(list("Origin", "null"), 403);
    assert_eq!(list("Origin", "devtools://devtools"), 200);
    assert_eq!(list("Sec-Fetch-Site", "cross-site"), 403);
    let target = &dev.debug_port().targets()[1];
    let id = target["id"].as_str().expect("it is text");
    let socket = |origin: &str| {
        let request = dev.debug_port().request(&format!("/{id}")).upgrade();
        request.header("Origin", origin).send().status
    };
    assert_eq!(socket("http://evil.example"), 403);
    assert_eq!(socket("file://"), 403);
    assert_eq!(
        dev.debug_port()
            .request("/0123456789abcdef")
            .upgrade()
            .send()
            .status,
        404
    );
}

#[test]
fn without_inspection_there_is_no_port() {
    let dev = Project::inline(SERVER).args(&["--no-inspect"]).dev();
    assert_eq!(dev.get(A).text(), "a 1");
    assert!(!dev.stdout().contains("debuggers") && !dev.stderr().contains("debuggers"));
    let exit = Project::inline(SERVER).test(&["true"]);
    assert_eq!(exit.code, Some(0));
    assert!(!exit.stderr.contains("debuggers"), "{}", exit.stderr);
}
