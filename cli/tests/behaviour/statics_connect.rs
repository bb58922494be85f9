//! `onBeforeConnect`, in front of a room's WebSockets.

use serde_json::json;

use crate::harness::{Dev, ROOM};

/// A server whose `onBeforeConnect` has this body, and whose room tells a socket what it was given.
fn before(body: &str) -> Dev {
    Dev::inline(&format!(
        r#"
export default class {{
  static async onBeforeConnect(req, lobby, ctx) {{ {body} }}
  constructor(readonly room) {{}}
  onConnect(conn, {{ request }}) {{
    conn.send(JSON.stringify({{
      id: conn.id, uri: conn.uri, added: request.headers.get("x-added"), room: this.room.id,
    }}));
  }}
  onRequest() {{ return new Response("plain"); }}
}}"#
    ))
}

/// Row 40.
#[test]
fn on_before_connect_may_change_headers() {
    let dev = before(r#"req.headers.set("x-added", "user 7"); return req;"#);
    assert_eq!(dev.ws(ROOM).json()["added"], "user 7");
}

/// Row 41.
#[test]
fn on_before_connect_may_refuse() {
    let dev =
        before(r#"return new Response("go away", { status: 403, headers: { "x-why": "full" } });"#);
    let answer = dev.refused(ROOM);
    assert_eq!((answer.status, answer.text().as_str()), (403, "go away"));
    assert_eq!(answer.header("x-why"), Some("full"));
}

/// Row 42.
#[test]
fn error_in_on_before_connect_is_401() {
    let answer = before(r#"throw new Error("bad token");"#).refused(ROOM);
    assert_eq!((answer.status, answer.text().as_str()), (401, "bad token"));
}

/// Row 43.
#[test]
fn on_before_connect_may_return_nothing() {
    for body in ["", "return null;", "return {};"] {
        let dev = before(body);
        let seen = dev.ws(&format!("{ROOM}?_pk=me")).json();
        assert_eq!(
            (&seen["id"], &seen["room"]),
            (&json!("me"), &json!("r")),
            "{body}"
        );
    }
}

/// Rows 40, 43.
#[test]
fn changes_count_only_when_the_request_is_returned() {
    let dev = before(r#"req.headers.set("x-added", "yes");"#);
    assert_eq!(dev.ws(ROOM).json()["added"], json!(null));
}

/// Row 44.
#[test]
fn replaced_request_without_upgrade_is_plain_http() {
    let answer =
        before(r#"return new Request(req.url, { headers: { "x-added": "1" } });"#).refused(ROOM);
    assert_eq!((answer.status, answer.text().as_str()), (200, "plain"));
}

/// Row 45.
#[test]
fn replaced_request_decides_the_connection_id() {
    let dev = before(
        r#"
const url = new URL(req.url);
url.searchParams.set("_pk", "chosen");
const headers = new Headers(req.headers);
headers.set("x-added", "yes");
return new Request(url, { headers });"#,
    );
    let seen = dev.ws(&format!("{ROOM}?_pk=asked")).json();
    assert_eq!(seen["id"], "chosen");
    assert_eq!(
        seen["uri"],
        format!("http://{}{ROOM}?_pk=chosen", dev.host())
    );
    assert_eq!(seen["added"], "yes");
}

/// Row 48.
#[test]
fn lobby_has_the_room_id() {
    let dev = before(
        r#"return Response.json({ keys: Object.keys(lobby).sort(), id: lobby.id }, { status: 403 });"#,
    );
    let seen = dev.refused("/party/some%20room").json();
    assert_eq!(seen["id"], "some%20room");
    assert_eq!(
        seen["keys"],
        json!([
            "ai",
            "analytics",
            "assets",
            "bindings",
            "env",
            "id",
            "parties",
            "vectorize"
        ])
    );
}

/// Row 49.
#[test]
fn on_before_connect_may_hand_over_another_rooms_socket() {
    let dev =
        before(r#"if (lobby.id === "door") return lobby.parties.main.get("hall").fetch(req);"#);
    assert_eq!(dev.ws("/parties/main/door").json()["room"], "hall");
}

/// Row 40.
#[test]
fn plain_requests_do_not_meet_on_before_connect() {
    let dev = before(r#"throw new Error("sockets only");"#);
    assert_eq!(dev.get(ROOM).text(), "plain");
}
