//! The other members of a room object.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Dev, Project, ROOM};

/// A room whose `onRequest` answers with the JSON of what this body returns.
fn asking(body: &str) -> Project {
    Project::inline(&format!(
        r#"
export default class {{
  constructor(readonly room) {{}}
  async onRequest(req) {{ const room = this.room; {body} }}
}}"#
    ))
}

/// Rows 137, 140.
#[test]
fn members_are_in_order() {
    let dev = asking("return Response.json([Object.keys(room), room.name, room.id]);").dev();
    let keys = json!([
        "id",
        "internalID",
        "name",
        "env",
        "storage",
        "blockConcurrencyWhile",
        "broadcast",
        "context",
        "getConnection",
        "getConnections",
        "analytics",
        "connections",
        "parties",
    ]);
    assert_eq!(dev.json(ROOM), json!([keys, "main", "r"]));
}

/// Row 152.
#[test]
fn cloud_members_are_empty() {
    let dev = asking(
        "return Response.json([typeof room.context.ai, room.context.vectorize, room.context.bindings]);",
    )
    .dev();
    assert_eq!(
        dev.json(ROOM),
        json!(["undefined", {}, { "r2": {}, "kv": {} }])
    );
}

/// Row 137.
#[test]
fn name_is_the_party() {
    let source = "export default class { constructor(readonly room) {} onRequest() { return new Response(this.room.name) } }";
    let dev = Project::inline(source).party("other", source).dev();
    assert_eq!(dev.get("/parties/other/r").text(), "other");
    assert_eq!(dev.get(ROOM).text(), "main");
}

/// Row 138.
#[test]
fn internal_id_is_that_of_the_original() {
    let source = "export default class { constructor(readonly room) {} onRequest() { return new Response(this.room.internalID) } }";
    let dev = Project::inline(source).party("other", source).dev();
    let main = "a273ed1e0ef452758f0d2dbd0ea9655226d61d8aed20afae5dd120b0fd73628a";
    assert_eq!(dev.get("/parties/main/r1").text(), main);
    let other = "7e6fcc02115d6115b1da4f40a49766286107ea99c479315c047773461639c29b";
    assert_eq!(dev.get("/parties/other/r1").text(), other);
}

/// Row 139.
#[test]
fn env_has_all_sources_in_their_order() {
    let dev = asking("return Response.json(room.env);")
        .config("vars", json!({ "A": "config", "B": "config", "C": "config", "D": "config", "N": { "x": [1, true] } }))
        .file(".env", "B=env\nC=env\nD=env\n")
        .file(".env.local", "C=local\nD=local\n")
        .args(&["--var", "D=x=y", "E="])
        .env("FROM_THE_SYSTEM", "no")
        .dev();
    let expected = json!({
        "A": "config", "B": "env", "C": "local", "D": "x=y", "E": "", "N": { "x": [1, true] },
    });
    assert_eq!(dev.json(ROOM), expected);
}

/// Rows 139, 48.
#[test]
fn lobby_has_the_same_env() {
    let dev = Project::inline(
        r#"export default class { static onFetch(req, lobby) { return Response.json(lobby.env) } }"#,
    )
    .config("vars", json!({ "A": 1 }))
    .dev();
    assert_eq!(dev.json("/x"), json!({ "A": 1 }));
}

/// Row 136.
#[test]
fn parties_still_works() {
    let dev = asking(
        "return Response.json([room.parties === room.context.parties || typeof room.parties.main.get, Object.keys(room.parties)]);",
    )
    .party("other", "export default class {}")
    .dev();
    let answer = dev.json(ROOM);
    assert_eq!(answer[1], json!(["other", "main"]));
    assert_ne!(answer[0], "undefined");
    dev.prints("Party.parties is deprecated");
}

/// Row 153.
#[test]
fn analytics_is_accepted() {
    let dev = asking(
        r#"room.analytics.writeDataPoint({ blobs: ["a"] }); room.analytics.writeDataPoint({ n: 1n }); room.analytics.writeDataPoint(); return new Response("ok");"#,
    )
    .dev();
    let text = "analytics.writeDataPoint is not implemented in local development.";
    for room in ["a", "b"] {
        let path = format!("/parties/main/{room}");
        assert_eq!(dev.get(&path).text(), "ok");
    }
    dev.prints(text);
    assert_eq!(dev.stdout().matches(text).count(), 1);
}

/// Row 154.
#[test]
fn blocked_room_holds_messages() {
    let dev = Dev::inline(
        r#"
export default class {
  log = [];
  constructor(readonly room) {}
  async onMessage(message, conn) {
    this.log.push(message);
    if (message === "block") {
      const value = await this.room.blockConcurrencyWhile(async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        this.log.push("unblocked");
        return "value";
      });
      this.log.push(value);
    } else conn.send(this.log.join());
  }
}"#,
    );
    let (mut one, mut two) = (dev.ws(ROOM), dev.ws(ROOM));
    one.send("block");
    one.send("after");
    assert_eq!(one.text(), "block,unblocked,value,after");
    assert!(two.ask("other").starts_with("block,unblocked,value"));
}

/// Row 154.
#[test]
fn blocking_in_the_constructor_holds_all_events() {
    let dev = Dev::inline(
        r#"
export default class {
  loaded = "nothing";
  constructor(room) {
    room.blockConcurrencyWhile(async () => {
      console.log("loading");
      await new Promise((resolve) => setTimeout(resolve, 500));
      this.loaded = "everything";
    });
  }
  onRequest() { return new Response(this.loaded); }
}"#,
    );
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(dev.get(ROOM).text(), "everything"));
        dev.stdout_has("loading");
        assert_eq!(dev.get(ROOM).text(), "everything");
    });
}

/// Row 155.
#[test]
fn timers_run_while_sockets_are_open() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  onConnect(conn) {
    let n = 0;
    this.timer ??= setInterval(() => this.room.broadcast("tick " + n++), 100);
    setTimeout(() => conn.send("once"), 10);
  }
  onMessage(message) { clearInterval(this.timer); }
}"#,
    );
    let start = Instant::now();
    let mut socket = dev.ws(ROOM);
    let seen: Vec<String> = (0..4).map(|_| socket.text()).collect();
    assert_eq!(seen, ["once", "tick 0", "tick 1", "tick 2"]);
    assert!(start.elapsed() >= Duration::from_millis(250));
    socket.send("stop");
    socket.quiet_for(Duration::from_millis(300));
}

/// Row 155.
#[test]
fn timers_outlive_their_request() {
    let dev = asking(
        r#"setTimeout(() => console.log("the timer fired"), 200); return new Response(typeof setTimeout(() => {}, 0));"#,
    )
    .dev();
    assert_eq!(dev.get(ROOM).text(), "number");
    dev.stdout_has("the timer fired");
}
