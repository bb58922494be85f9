//! Rooms that need others to start, and rooms that fail to: what the gate lets through, and what a
//! failed start leaves behind.

use serde_json::json;

use crate::harness::{Dev, Project, ROOM};
use crate::hibernation::{nap, restless};

/// A room that runs `start` as part of its start; `this.told()` resolves with the first message of a
/// socket to another room.
fn waiting_for_another(start: &str) -> Dev {
    Project::inline(&format!(
        r#"
export default class {{
  heard = "nothing";
  constructor(readonly room) {{ this.constructed?.(); }}
  async told() {{
    const socket = await this.room.context.parties.other.get("x").socket();
    this.heard = await new Promise((resolve) => {{
      socket.addEventListener("message", (event) => resolve(event.data));
      socket.send("hello");
    }});
  }}
  {start}
  onConnect(conn) {{ conn.send(this.heard); }}
  onRequest() {{ return new Response(this.heard); }}
}}"#
    ))
    .party(
        "other",
        r#"export default class { onMessage(message, conn) { conn.send(message + " back"); } }"#,
    )
    .dev()
}

/// Rows 74, 144.
#[test]
fn on_start_hears_the_messages_it_waits_for() {
    let dev = waiting_for_another("onStart() { return this.told(); }");
    assert_eq!(dev.get(ROOM).text(), "hello back");
    assert_eq!(dev.ws(ROOM).text(), "hello back");
}

/// Rows 74, 144.
#[test]
fn upgrade_waits_for_an_on_start_that_waits_for_messages() {
    let dev = waiting_for_another("onStart() { return this.told(); }");
    assert_eq!(dev.ws(ROOM).text(), "hello back");
}

#[test]
fn blocked_on_start_hears_the_messages_it_waits_for() {
    let dev = waiting_for_another(
        "onStart() { return this.room.blockConcurrencyWhile(() => this.told()); }",
    );
    assert_eq!(dev.get(ROOM).text(), "hello back");
}

#[test]
fn blocked_constructor_hears_the_messages_it_waits_for() {
    let dev = waiting_for_another(
        "constructed() { this.room.blockConcurrencyWhile(() => this.told()); }",
    );
    dev.get(ROOM);
    assert_eq!(dev.get(ROOM).text(), "hello back");
}

/// Fails the first start of a room for good, as storage remembers it.
const FAILS_ONCE: &str = r#"
let asked = 0;
export default class {
  options = { hibernate: HIBERNATE };
  starts = 0;
  constructor(readonly room) {}
  async onStart() {
    this.starts = ((await this.room.storage.get("starts")) ?? 0) + 1;
    await this.room.storage.put("starts", this.starts);
    if (this.starts === 1) throw new Error("not yet awake");
  }
  onConnect(conn) { conn.send("connected"); }
  onRequest() { return Response.json([++asked, this.starts, [...this.room.getConnections()].length]); }
}"#;

/// Row 78.
#[test]
fn refused_socket_leaves_nothing_behind() {
    for hibernate in ["false", "true"] {
        let dev = restless(&FAILS_ONCE.replace("HIBERNATE", hibernate));
        assert_eq!(dev.refused(ROOM).text(), "not yet awake");
        assert_eq!(dev.json(ROOM), json!([1, 2, 0]));
        nap();
        assert_eq!(dev.json(ROOM), json!([1, 3, 0]), "nothing kept it alive");
        assert_eq!(dev.ws(ROOM).text(), "connected");
    }
}

/// Row 77.
#[test]
fn failed_start_is_tried_again_by_the_next_socket() {
    for hibernate in ["false", "true"] {
        let dev = Dev::inline(&FAILS_ONCE.replace("HIBERNATE", hibernate));
        assert_eq!(dev.refused(ROOM).status, 500);
        let mut socket = dev.ws(ROOM);
        assert_eq!(socket.text(), "connected");
        assert_eq!(dev.json(ROOM), json!([1, 2, 1]));
    }
}
