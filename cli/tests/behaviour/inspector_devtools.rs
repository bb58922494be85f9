//! Chromium's DevTools, from the list of rooms to a breakpoint in TypeScript (row 242).

use std::time::Duration;

use serde_json::json;

use crate::harness::{Dev, DevTools, eventually};
use crate::inspector::SERVER;

const LINE: &str = "const shout = parsed.text.toUpperCase();";

#[test]
fn devtools_hit_a_breakpoint_in_typescript() {
    let dev = Dev::inline(SERVER);
    let mut socket = dev.ws("/parties/main/a");
    assert_eq!(socket.ask("one"), "ONE");
    let devtools = DevTools::open(&dev.debug_port(), "main/a");
    let line = SERVER.lines().position(|line| line.contains(LINE));
    let line = 1 + line.expect("it is there");
    devtools.go_to("server.ts", line);
    devtools.toggle_breakpoint();
    // The list of breakpoints has the whole line; the editor shows it in pieces.
    devtools.shows(LINE);
    // It is shown before it is set.
    eventually("a message is held", || {
        socket.send("hi");
        socket
            .is_quiet_for(Duration::from_millis(500))
            .then_some(())
    });
    devtools.shows("Paused on breakpoint");
    devtools.shows(&format!("server.ts:{line}"));
    devtools.shows("\"hi\"");
    // Another room goes on.
    assert_eq!(dev.get("/parties/main/b").text(), "b 1");
    devtools.resume();
    assert_eq!(socket.text(), "HI");
    assert_eq!(devtools.faults(), json!([]));
}

const NAMES: &str = "type Message = { text: string };
const arrow = (message: Message): string => { debugger; return message.text; };
const expression = function (message: Message): string { return arrow(message); };
const later = async (message: Message): Promise<string> => { return expression(message); };
const object = { field: (message: Message) => later(message) };
class Own {
  bound = (message: Message) => object.field(message);
}
export default class Server {
  onMessage(message: string) {
    new Own().bound({ text: message });
  }
}
";

#[test]
fn devtools_call_functions_as_what_they_are_written_into() {
    let dev = Dev::inline(NAMES);
    let mut socket = dev.ws("/parties/main/a");
    let devtools = DevTools::open(&dev.debug_port(), "main/a");
    devtools.go_to("server.ts", 2);
    socket.send("hi");
    devtools.shows("Debugger paused");
    let expected = [
        ("arrow", 2),
        ("expression", 3),
        ("later", 4),
        ("field", 5),
        ("bound", 7),
    ];
    for (name, line) in expected {
        devtools.shows(&format!("\n{name}\nserver.ts:{line}"));
    }
    devtools.resume();
}
