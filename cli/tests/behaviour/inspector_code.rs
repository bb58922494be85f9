//! VS Code's debugger, attached as docs/debugging.md says (row 242).

use serde_json::{Value, json};

use crate::harness::{Adapter, Dev};
use crate::inspector::SERVER;

const PAGE: &str = include_str!("../../../docs/debugging.md");
const LINE: &str = "const shout = parsed.text.toUpperCase();";

/// The page's configuration, for this port.
fn configuration(port: u16) -> Value {
    let (_, rest) = PAGE.split_once("```json\n").expect("the page has it");
    let (text, _) = rest.split_once("```").expect("it ends");
    let launch: Value = serde_json::from_str(text).expect("it is JSON");
    let mut configuration = launch["configurations"][0].clone();
    configuration["port"] = json!(port);
    // As VS Code calls it when it talks to the debugger.
    assert_eq!(configuration["type"], "node");
    configuration["type"] = json!("pwa-node");
    configuration
}

#[test]
#[ignore = "needs VS Code's debugger, which `cargo xtask debuggers` installs"]
fn vs_code_hits_a_breakpoint_in_typescript() {
    let dev = Dev::inline(SERVER);
    let mut socket = dev.ws("/parties/main/a");
    assert_eq!(socket.ask("one"), "ONE");
    let adapter = Adapter::start();
    let line = SERVER.lines().position(|line| line.contains(LINE));
    let line = 1 + line.expect("it is there");
    // Temporary folders may be links.
    let folder = dev.project().path().canonicalize().expect("it is there");
    let breakpoints = json!({
        "source": { "path": folder.join("server.ts") },
        "breakpoints": [{ "line": line }],
    });
    let attach = |configuration: &Value| adapter.attach(configuration, &breakpoints);
    let mut process = attach(&configuration(dev.debug_port().number()));
    let mut rooms = attach(&process.child());
    let room = rooms.child();
    assert_eq!(room["name"], "main/a");
    let mut room = attach(&room);
    while room.event("breakpoint")["breakpoint"]["verified"] != true {}
    socket.send("hi");
    let stopped = room.event("stopped");
    assert_eq!(stopped["reason"], "breakpoint");
    let thread = json!({ "threadId": stopped["threadId"] });
    let mut stack = room.ask("stackTrace", &thread);
    let frame = stack["stackFrames"][0].take();
    assert_eq!(frame["line"], line);
    let path = frame["source"]["path"].as_str().expect("it is a file");
    assert!(path.ends_with("server.ts"), "{path}");
    let scopes = room.ask("scopes", &json!({ "frameId": frame["id"] }));
    let locals = json!({ "variablesReference": scopes["scopes"][0]["variablesReference"] });
    let variables = room.ask("variables", &locals);
    let variables = variables["variables"].as_array().expect("a list");
    let parsed = variables
        .iter()
        .find(|variable| variable["name"] == "parsed");
    assert_eq!(parsed.expect("it is shown")["value"], "{text: 'hi'}");
    // One that comes later joins.
    assert_eq!(dev.get("/parties/main/b").text(), "b 1");
    assert_eq!(rooms.child()["name"], "main/b");
    room.ask("continue", &thread);
    assert_eq!(socket.text(), "HI");
}
