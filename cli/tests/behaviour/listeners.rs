//! Event listeners of user code: what they see, and that their exceptions harm nothing.

use serde_json::json;

use crate::harness::{Closed, Dev, ROOM};

/// A room whose `onConnect` has this body; `onMessage` and `onClose` do their part as ever.
fn connecting(body: &str) -> Dev {
    Dev::inline(&format!(
        r#"
export default class {{
  onConnect(conn) {{ {body} }}
  onMessage(message, conn) {{ conn.send("handler " + message); }}
  onClose(conn) {{ console.log("onClose ran"); }}
}}"#
    ))
}

/// The answer of a room whose `onRequest` has this body, which also prints "listener trouble".
fn answered(body: &str) -> String {
    let dev = Dev::inline(&format!(
        "export default class {{ async onRequest(req) {{ {body} }} }}"
    ));
    let answer = dev.get(ROOM);
    assert_eq!(answer.status, 200, "{}", answer.text());
    dev.stderr_has("listener trouble");
    let again = dev.get(ROOM);
    assert_eq!(again.body, answer.body, "the room lives on");
    answer.text()
}

#[test]
fn exception_in_an_abort_listener_harms_nothing() {
    let text = answered(
        r#"
const controller = new AbortController();
let heard = 0;
controller.signal.addEventListener("abort", () => { heard++; throw new Error("listener trouble"); });
controller.signal.addEventListener("abort", () => heard++);
controller.abort();
return new Response("heard " + heard);"#,
    );
    assert_eq!(text, "heard 2");
}

#[test]
fn exception_in_a_listener_of_an_own_target_harms_nothing() {
    let text = answered(
        r#"
const target = new EventTarget();
let heard = 0;
target.addEventListener("x", () => { heard++; throw new Error("listener trouble"); });
target.addEventListener("x", { handleEvent() { heard++; } });
return new Response(target.dispatchEvent(new Event("x")) + " " + heard);"#,
    );
    assert_eq!(text, "true 2");
}

#[test]
fn reported_error_is_printed_and_harms_nothing() {
    let text =
        answered(r#"reportError(new Error("listener trouble")); return new Response("ok");"#);
    assert_eq!(text, "ok");
}

#[test]
fn exception_in_a_timer_harms_nothing() {
    let text = answered(
        r#"
setTimeout(() => { throw new Error("listener trouble"); }, 1);
await new Promise((resolve) => setTimeout(resolve, 50));
return new Response("ok");"#,
    );
    assert_eq!(text, "ok");
}

#[test]
fn exception_in_a_message_listener_harms_nothing() {
    let dev = connecting(
        r#"
conn.addEventListener("message", () => { throw new Error("listener trouble"); });
conn.addEventListener("message", (event) => conn.send("second " + event.data));"#,
    );
    let mut socket = dev.ws(ROOM);
    for message in ["a", "b"] {
        assert_eq!(socket.ask(message), format!("handler {message}"));
        assert_eq!(socket.text(), format!("second {message}"));
    }
    dev.stderr_has("listener trouble");
}

#[test]
fn exception_in_a_message_property_harms_nothing() {
    let dev = connecting(
        r#"
conn.onmessage = () => { throw new Error("listener trouble"); };
conn.addEventListener("message", (event) => conn.send("second " + event.data));"#,
    );
    let mut socket = dev.ws(ROOM);
    for message in ["a", "b"] {
        assert_eq!(socket.ask(message), format!("handler {message}"));
        assert_eq!(socket.text(), format!("second {message}"));
    }
    dev.stderr_has("listener trouble");
}

#[test]
fn exception_in_a_close_listener_harms_nothing() {
    for first in [
        r#"conn.addEventListener("close", () => { throw new Error("listener trouble"); });"#,
        r#"conn.onclose = () => { throw new Error("listener trouble"); };"#,
    ] {
        let dev = connecting(&format!(
            r#"{first} conn.addEventListener("close", () => console.log("second listener ran"));"#
        ));
        let closed = dev.ws(ROOM).close(4001, "bye");
        let expected = Closed {
            code: 4001,
            reason: "bye".to_owned(),
        };
        assert_eq!(closed, expected, "{first}");
        dev.stderr_has("listener trouble");
        dev.stdout_has("second listener ran");
        dev.stdout_has("onClose ran");
    }
}

#[test]
fn event_of_a_connection_knows_its_target() {
    let tell = r#"(event) => conn.send(JSON.stringify([
  event.target === conn, event.currentTarget === conn, event.type, event instanceof MessageEvent,
]))"#;
    let dev = Dev::inline(&format!(
        r#"
export default class {{
  onConnect(conn) {{ conn.onmessage = {tell}; conn.addEventListener("message", {tell}); }}
}}"#
    ));
    let mut socket = dev.ws(ROOM);
    socket.send("x");
    for _ in 0..2 {
        assert_eq!(socket.json(), json!([true, true, "message", true]));
    }
}

/// Row 108.
#[test]
fn listener_added_while_a_message_is_handed_on_hears_the_next_one() {
    let dev = Dev::inline(
        r#"
export default class {
  onConnect(conn) { conn.addEventListener("message", (event) => conn.send("early " + event.data)); }
  onMessage(message, conn) {
    const late = (event) => conn.send("late " + event.data), gone = () => conn.send("gone");
    if (message !== "a") return;
    conn.addEventListener("message", late);
    conn.addEventListener("message", gone);
    conn.removeEventListener("message", gone);
  }
}"#,
    );
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("a"), "early a");
    assert_eq!(socket.ask("b"), "early b");
    assert_eq!(socket.text(), "late b");
    assert_eq!(socket.ask("c"), "early c");
}
