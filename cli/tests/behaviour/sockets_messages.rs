//! Messages between a client and its room.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Dev, ROOM};

const ECHO: &str = r#"
export default class {
  onMessage(message, conn) {
    if (typeof message === "string") conn.send(`string ${message} ${arguments.length} ${conn.id}`);
    else {
      conn.send(message.constructor.name + " " + message.byteLength);
      conn.send(message);
    }
  }
  onClose() { console.log("onClose ran"); }
  onError(conn, error) { console.log("onError ran with " + error.message); }
}"#;

/// Rows 90, 91.
#[test]
fn text_arrives_as_a_string_before_its_sender() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.ws(&format!("{ROOM}?_pk=me"));
    assert_eq!(socket.ask("grüße 😀"), "string grüße 😀 2 me");
    assert_eq!(socket.ask(""), "string  2 me");
}

/// Row 92.
#[test]
fn binary_arrives_as_an_array_buffer() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.ws(ROOM);
    for bytes in [&[0, 1, 254, 255][..], &[]] {
        socket.send_bytes(bytes);
        assert_eq!(socket.text(), format!("ArrayBuffer {}", bytes.len()));
        assert_eq!(socket.bytes(), bytes);
    }
}

const FAILING: &str = r#"
export default class {
  onMessage(message, conn) {
    if (message === "throw") throw new Error("thrown in a message");
    if (message === "reject") return Promise.reject(new Error("rejected in a message"));
    if (message === "later") setTimeout(() => { throw new Error("thrown in a timer"); }, 0);
    if (message === "float") Promise.reject(new Error("rejected and forgotten"));
    conn.send("echo " + message);
  }
  onError() { console.log("onError ran"); }
}"#;

/// Row 93.
#[test]
fn error_in_on_message_keeps_the_socket() {
    let dev = Dev::inline(FAILING);
    let mut socket = dev.ws(ROOM);
    socket.send("throw");
    assert_eq!(socket.ask("next"), "echo next");
    dev.stderr_has("thrown in a message");
    assert!(!dev.stdout().contains("onError ran"));
}

/// Row 94.
#[test]
fn rejection_of_on_message_is_printed() {
    let dev = Dev::inline(FAILING);
    let mut socket = dev.ws(ROOM);
    socket.send("reject");
    assert_eq!(socket.ask("next"), "echo next");
    dev.stderr_has("rejected in a message");
}

/// Rows 93, 94.
#[test]
fn errors_outside_any_handler_harm_nobody() {
    let dev = Dev::inline(FAILING);
    let mut socket = dev.ws(ROOM);
    for message in ["later", "float", "next"] {
        assert_eq!(socket.ask(message), format!("echo {message}"));
    }
    dev.prints("thrown in a timer");
    dev.prints("rejected and forgotten");
    assert_eq!(socket.ask("still"), "echo still");
}

/// Row 95.
#[test]
fn one_mebibyte_passes_and_one_byte_more_does_not() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.ws(ROOM);
    let most = vec![7; 1 << 20];
    socket.send_bytes(&most);
    assert_eq!(socket.text(), "ArrayBuffer 1048576");
    assert_eq!(socket.bytes(), most);
    socket.send_bytes(&vec![7; (1 << 20) + 1]);
    let closed = socket.closed();
    assert_eq!(closed.code, 1009);
    assert_eq!(closed.reason, "Message is too large: 1048577 > 1048576");
}

/// Row 96.
#[test]
fn oversized_message_is_an_error_and_not_a_close() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.ws(ROOM);
    socket.send(&"x".repeat((1 << 20) + 1));
    assert_eq!(socket.closed().code, 1009);
    dev.stdout_has("onError ran with");
    assert!(!dev.stdout().contains("onClose ran"));
}

#[test]
fn answers_may_be_larger_than_requests() {
    let dev = Dev::inline(
        r#"export default class { onMessage(m, conn) { conn.send(new Uint8Array(5_000_000).fill(3)); } }"#,
    );
    let mut socket = dev.ws(ROOM);
    socket.send("more");
    assert_eq!(socket.bytes(), vec![3; 5_000_000]);
}

/// A room that runs this on connecting.
fn on_connect(body: &str) -> Dev {
    Dev::inline(&format!(
        "export default class {{ onConnect(conn) {{ {body} }} }}"
    ))
}

/// Row 106.
#[test]
fn send_turns_other_values_into_text() {
    let dev = on_connect(
        "for (const value of [5, null, undefined, {}, [1], true, 2n]) conn.send(value);",
    );
    let mut socket = dev.ws(ROOM);
    for expected in [
        "5",
        "null",
        "undefined",
        "[object Object]",
        "1",
        "true",
        "2",
    ] {
        assert_eq!(socket.text(), expected);
    }
}

/// Row 107.
#[test]
fn send_takes_every_view_of_bytes() {
    let dev = on_connect(
        r#"
const buffer = new Uint8Array([0, 1, 2, 3, 4, 5]).buffer;
conn.send(buffer);
conn.send(new Uint8Array(buffer, 1, 2));
conn.send(new DataView(buffer, 4));
conn.send(new Uint16Array([0x0201]));
conn.send(new Uint8Array(buffer).subarray(2, 3));"#,
    );
    let mut socket = dev.ws(ROOM);
    for expected in [&[0, 1, 2, 3, 4, 5][..], &[1, 2], &[4, 5], &[1, 2], &[2]] {
        assert_eq!(socket.bytes(), expected);
    }
}

/// Row 107.
#[test]
fn sent_bytes_are_those_of_the_call() {
    let dev = on_connect(
        "const bytes = new Uint8Array([1]); conn.send(bytes); bytes[0] = 2; conn.send(bytes);",
    );
    let mut socket = dev.ws(ROOM);
    assert_eq!([socket.bytes(), socket.bytes()], [[1], [2]]);
}

/// Rows 108, 109.
#[test]
fn listeners_can_be_removed() {
    let dev = on_connect(
        r#"
const once = (event) => { conn.send("first " + event.data); conn.removeEventListener("message", once); };
conn.addEventListener("message", once);
conn.addEventListener("message", (event) => conn.send("second " + event.data));"#,
    );
    let mut socket = dev.ws(ROOM);
    assert_eq!([socket.ask("a"), socket.text()], ["first a", "second a"]);
    assert_eq!([socket.ask("b"), socket.ask("c")], ["second b", "second c"]);
}

/// Rows 110, 111.
#[test]
fn property_handler_runs_first() {
    let dev = Dev::inline(
        r#"
export default class {
  onConnect(conn) {
    conn.onmessage = (event) => conn.send("property " + event.data + " " + event.type);
    conn.addEventListener("message", (event) => conn.send("listener " + event.data));
  }
  onMessage(message, conn) { conn.send("handler " + message); }
}"#,
    );
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("m"), "property m message");
    assert_eq!([socket.text(), socket.text()], ["handler m", "listener m"]);
}

/// Rows 110, 111.
#[test]
fn close_event_has_code_and_reason() {
    let dev = on_connect(
        r#"
const show = (who) => (event) => console.log(who, event.type, event.code, event.reason, event.wasClean);
conn.onclose = show("property");
conn.addEventListener("close", show("listener"));"#,
    );
    dev.ws(ROOM).close(4100, "enough");
    dev.stdout_has("property close 4100 enough true");
    dev.stdout_has("listener close 4100 enough true");
}

/// Row 112.
#[test]
fn ready_states_have_names() {
    let dev = on_connect(
        r#"conn.send(JSON.stringify([
  conn.readyState === WebSocket.OPEN, WebSocket.OPEN, WebSocket.CONNECTING, WebSocket.CLOSING, WebSocket.CLOSED,
  WebSocket.READY_STATE_OPEN, WebSocket.READY_STATE_CONNECTING, WebSocket.READY_STATE_CLOSING,
  WebSocket.READY_STATE_CLOSED, conn.OPEN,
]));"#,
    );
    assert_eq!(
        dev.ws(ROOM).json(),
        json!([true, 1, 0, 2, 3, 1, 0, 2, 3, 1])
    );
}

/// Row 125.
#[test]
fn pings_are_answered_and_not_delivered() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.ws(ROOM);
    socket.ping(b"payload");
    socket.ping(b"");
    socket.quiet_for(Duration::from_millis(100));
}

/// Row 90.
#[test]
fn messages_keep_their_order() {
    let dev =
        Dev::inline(r#"export default class { onMessage(message, conn) { conn.send(message); } }"#);
    let mut socket = dev.ws(ROOM);
    for i in 0..500 {
        socket.send(&i.to_string());
    }
    for i in 0..500 {
        assert_eq!(socket.text(), i.to_string());
    }
}
