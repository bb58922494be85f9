//! Every request is answered: also one whose handler ends in a way that no handler should.

use std::io::Write;

use serde_json::json;

use crate::harness::{Dev, ROOM};

/// A stack that overflows while an event is dispatched, in each place where the listeners' exceptions
/// are told of.
#[test]
fn stack_that_overflows_in_a_listener_ends_nothing() {
    let dev = Dev::inline(
        r#"
const target = new EventTarget();
const bad = Object.defineProperty(new Error("x"), "message", { get() { target.dispatchEvent(new Event("plain")); return "x"; } });
target.addEventListener("bad", () => { throw bad; });
target.addEventListener("plain", () => { throw new Error("plain"); });
target.addEventListener("again", function again() { target.dispatchEvent(new Event("again")); });
addEventListener("again", function again() { dispatchEvent(new Event("again")); });
let left = 0;
const deeper = () => { try { deeper(); } finally { if (left-- > 0) target.dispatchEvent(new Event("plain")); } };
const CASES = {
  self: () => target.dispatchEvent(new Event("again")),
  global: () => dispatchEvent(new Event("again")),
  throwing: () => target.dispatchEvent(new Event("bad")),
  edge: () => { left = 50; deeper(); },
  abort: () => { const c = new AbortController(); c.signal.addEventListener("abort", () => { const f = () => f() + 1; f(); }); c.abort(); },
  port: () => { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { const f = () => f() + 1; f(); }; port2.postMessage(1); },
};
async function run(req) {
  const name = new URL(req.url).searchParams.get("case");
  if (name === null) return new Response("pong");
  CASES[name]();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return new Response("after");
}
export default class {
  static onFetch(req) { return run(req); }
  onRequest(req) { return run(req); }
}"#,
    );
    for place in [ROOM, "/static"] {
        for name in ["self", "global", "throwing", "edge", "abort", "port"] {
            for _ in 0..3 {
                let answer = dev.get(&format!("{place}?case={name}"));
                let is_answered = answer.status == 500 || answer.text() == "after";
                assert!(is_answered, "{place} {name}: {}", answer.text());
            }
            assert_eq!(dev.get(place).text(), "pong", "{place} {name}");
        }
    }
    let stderr = dev.stderr();
    assert!(!stderr.contains("was stopped"), "{stderr}");
    assert!(!stderr.contains("was reset"), "{stderr}");
}

/// Listeners of errors hear of those that come after a stack has overflown, too.
#[test]
fn errors_are_told_after_a_stack_has_overflown() {
    let dev = Dev::inline(
        r#"
const target = new EventTarget();
target.addEventListener("again", () => target.dispatchEvent(new Event("again")));
target.addEventListener("plain", () => { throw new Error("plain"); });
export default class {
  async onRequest() {
    const heard = [];
    for (let i = 0; i < 3; i++) try { target.dispatchEvent(new Event("again")); } catch {}
    addEventListener("error", (event) => { heard.push(event.message); event.preventDefault(); });
    target.dispatchEvent(new Event("plain"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return Response.json(heard.filter((text) => text.includes("plain")).length);
  }
}"#,
    );
    assert_eq!(dev.json(ROOM), json!(1));
}

/// Row 154. The original resets such a room after 30 s; here it says what it waits for before.
#[test]
fn room_tells_what_it_waits_for() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    const never = () => new Promise(() => {});
    if (req.url.endsWith("?transaction")) {
      await this.room.storage.transaction(never);
    }
    if (req.url.endsWith("?block")) {
      await this.room.blockConcurrencyWhile(never);
    }
    return new Response("pong");
  }
}"#,
    );
    for (name, line) in [("transaction", 7), ("block", 10)] {
        let mut client = dev.connect();
        let head = format!("GET /parties/main/{name}?{name} HTTP/1.1\r\nHost: h\r\n\r\n");
        client
            .write_all(head.as_bytes())
            .expect("the server reads a request");
        dev.stderr_has(&format!(
            "Still waiting (room `main/{name}`):\nError: The callback of"
        ));
        dev.stderr_has(&format!("server.ts:{line}:"));
        dev.stderr_has(
            "has not settled for 5 s: events wait for it, and after 30 s the room is reset",
        );
    }
}
