//! Servers that are plain objects.

use serde_json::json;

use crate::harness::{Dev, ROOM};

const ALL: &str = r#"
const server = {
  onConnect(conn, room, ctx) {
    conn.send(JSON.stringify(["connect", conn.id, room.id, Object.keys(ctx), this === server, arguments.length]));
  },
  onMessage(message, conn, room) {
    conn.send(JSON.stringify(["message", message, conn.id, room.id, this === server, arguments.length]));
  },
  onClose(conn, room) { console.log("close", conn.id, room.id, this === server, arguments.length); },
  onRequest(req, room) { return Response.json(["request", req.method, room.name, this === server, arguments.length]); },
};
export default server;"#;

/// Row 187.
#[test]
fn handlers_get_the_room_as_an_argument() {
    let dev = Dev::inline(ALL);
    assert_eq!(dev.json(ROOM), json!(["request", "GET", "main", true, 2]));
    let mut socket = dev.ws(&format!("{ROOM}?_pk=me"));
    assert_eq!(
        socket.json(),
        json!(["connect", "me", "r", ["request"], true, 3])
    );
    socket.send("hi");
    assert_eq!(socket.json(), json!(["message", "hi", "me", "r", true, 3]));
    socket.close(1000, "");
    dev.stdout_has("close me r true 2");
}

/// Row 187.
#[test]
fn on_error_of_an_object_gets_the_room() {
    let dev = Dev::inline(
        r#"
export default {
  onMessage() {},
  onError(conn, error, room) { console.log("error", conn.id, error instanceof Error, room.id); },
};"#,
    );
    let mut socket = dev.ws(&format!("{ROOM}?_pk=me"));
    socket.send(&"x".repeat((1 << 20) + 1));
    assert_eq!(socket.closed().code, 1009);
    dev.stdout_has("error me true r");
}

/// Row 187.
#[test]
fn objects_have_front_handlers() {
    let dev = Dev::inline(
        r#"
export default {
  onBeforeRequest(req) { req.headers.set("x-added", "1"); return req; },
  onBeforeConnect() { return new Response("closed", { status: 403 }); },
  onFetch(req) { return new Response("fetched " + new URL(req.url).pathname); },
  onRequest(req) { return new Response("added " + req.headers.get("x-added")); },
};"#,
    );
    assert_eq!(dev.get(ROOM).text(), "added 1");
    assert_eq!(dev.refused(ROOM).status, 403);
    assert_eq!(dev.get("/x").text(), "fetched /x");
}

/// Row 188.
#[test]
fn object_with_on_message_hibernates() {
    let dev = Dev::inline(
        r#"
export default {
  onConnect(conn) { conn.addEventListener("message", () => conn.send("listener")); },
  onMessage(message, conn) { conn.send("handler"); },
};"#,
    );
    let mut socket = dev.ws(ROOM);
    assert_eq!([socket.ask("a"), socket.ask("b")], ["handler", "handler"]);
}

/// Row 189.
#[test]
fn object_with_only_on_connect_stays_awake() {
    let dev = Dev::inline(
        r#"
export default {
  onConnect(conn, room) {
    conn.addEventListener("message", (event) => conn.send("echo " + event.data));
    conn.onclose = () => console.log("property close");
  },
  onClose(conn, room) { console.log("handler close", room.id); },
};"#,
    );
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("hi"), "echo hi");
    socket.close(1000, "");
    dev.stdout_has("property close");
    dev.stdout_has("handler close r");
}

/// Row 190.
#[test]
fn objects_have_no_on_start_and_no_tags() {
    let dev = Dev::inline(
        r#"
export default {
  onStart() { console.log("onStart ran"); },
  getConnectionTags() { return ["tag"]; },
  onConnect(conn, room) { conn.send(String([...room.getConnections("tag")].length)); },
};"#,
    );
    assert_eq!(dev.ws(ROOM).text(), "0");
    assert!(!dev.stdout().contains("onStart ran"));
}

/// Row 187.
#[test]
fn object_keeps_state_in_storage() {
    let dev = Dev::inline(
        r#"
export default {
  async onRequest(req, room) {
    const n = ((await room.storage.get("n")) ?? 0) + 1;
    await room.storage.put("n", n);
    return new Response(String(n));
  },
};"#,
    );
    assert_eq!([dev.get(ROOM).text(), dev.get(ROOM).text()], ["1", "2"]);
    assert_eq!(dev.get("/parties/main/other").text(), "1");
}

/// Row 187.
#[test]
fn empty_object_is_a_server() {
    let dev = Dev::inline("export default {}");
    assert_eq!(dev.get(ROOM).text(), "No onRequest handler");
    dev.ws(ROOM).ping(b"open");
}
