//! Opening a WebSocket to a room: order, tags, context, errors on the way.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Closed, Dev, ROOM};

/// A room whose `onConnect` has this body; GET lists the ids of the connections.
fn connecting(body: &str) -> Dev {
    Dev::inline(&format!(
        r#"
export default class {{
  constructor(readonly room) {{}}
  async onConnect(conn, ctx) {{ {body} }}
  onMessage(message, conn) {{ conn.send("echo " + message); }}
  onClose(conn) {{ console.log("onClose of " + conn.id); }}
  onRequest() {{ return Response.json([...this.room.getConnections()].map((c) => c.id)); }}
}}"#
    ))
}

/// Row 80.
#[test]
fn handshake_waits_for_on_connect() {
    let dev = connecting("await new Promise((resolve) => setTimeout(resolve, 700));");
    let start = Instant::now();
    let mut socket = dev.ws(ROOM);
    assert!(start.elapsed() >= Duration::from_millis(700));
    assert_eq!(socket.ask("hi"), "echo hi");
}

/// Row 80.
#[test]
fn others_see_a_connection_before_its_handshake_ends() {
    let dev = connecting(
        r#"console.log("connecting"); await new Promise((resolve) => setTimeout(resolve, 1000));"#,
    );
    thread::scope(|scope| {
        let opening = scope.spawn(|| dev.ws(&format!("{ROOM}?_pk=slow")));
        dev.stdout_has("connecting");
        assert_eq!(dev.json(ROOM), json!(["slow"]));
        opening.join().expect("the socket opens");
    });
}

/// Row 81.
#[test]
fn messages_of_on_connect_arrive_in_order() {
    let dev = connecting(
        r#"conn.send("one"); await 0; conn.send("two"); await new Promise((r) => setTimeout(r, 50)); conn.send("three");"#,
    );
    let mut socket = dev.ws(ROOM);
    assert_eq!(
        [socket.text(), socket.text(), socket.text()],
        ["one", "two", "three"]
    );
}

/// Row 81.
#[test]
fn message_sent_right_after_the_handshake_is_not_lost() {
    let dev = connecting("");
    for _ in 0..20 {
        assert_eq!(dev.ws(ROOM).ask("at once"), "echo at once");
    }
}

/// Row 82.
#[test]
fn on_connect_sees_the_request() {
    let dev = connecting(
        r#"conn.send(JSON.stringify({
  keys: Object.keys(ctx), token: new URL(ctx.request.url).searchParams.get("token"),
  url: ctx.request.url, header: ctx.request.headers.get("x-mine"),
  upgrade: ctx.request.headers.get("upgrade"), country: ctx.request.cf.country, arguments: arguments.length,
}));"#,
    );
    let seen = dev
        .ws_with(&format!("{ROOM}/sub?token=t1"), &[("X-Mine", "yes")])
        .json();
    let expected = json!({
        "keys": ["request"], "token": "t1", "url": format!("http://{}{ROOM}/sub?token=t1", dev.host()),
        "header": "yes", "upgrade": "websocket", "country": "US", "arguments": 2,
    });
    assert_eq!(seen, expected);
}

fn refusal(reason: &str) -> Closed {
    Closed {
        code: 1011,
        reason: reason.to_owned(),
    }
}

/// Row 83.
#[test]
fn error_in_on_connect_closes_with_1011() {
    let dev = connecting(r#"throw new Error("no room at the inn");"#);
    assert_eq!(dev.ws(ROOM).closed(), refusal("no room at the inn"));
    dev.prints("no room at the inn");
    dev.prints("Error when connecting");
}

/// Row 83.
#[test]
fn thrown_text_in_on_connect_is_the_reason() {
    assert_eq!(
        connecting(r#"throw "plain words";"#).ws(ROOM).closed(),
        refusal("plain words")
    );
}

/// Row 84.
#[test]
fn empty_error_in_on_connect_has_a_reason() {
    let closed = connecting(r#"throw new Error("");"#).ws(ROOM).closed();
    assert_eq!(closed, refusal("Uncaught exception when connecting"));
}

/// Row 85.
#[test]
fn long_reason_is_cut_at_a_character() {
    let closed = connecting(r#"throw new Error("é".repeat(300));"#)
        .ws(ROOM)
        .closed();
    assert_eq!(closed, refusal(&"é".repeat(61)));
}

/// Row 86.
#[test]
fn failed_connection_is_not_listed() {
    let dev = connecting(r#"if (conn.id === "bad") throw new Error("no");"#);
    assert_eq!(dev.ws(&format!("{ROOM}?_pk=bad")).closed(), refusal("no"));
    let _good = dev.ws(&format!("{ROOM}?_pk=good"));
    assert_eq!(dev.json(ROOM), json!(["good"]));
    assert!(!dev.stdout().contains("onClose of bad"));
}

const TAGGING: &str = r#"
const log = [];
export default class {
  options = { hibernate: HIBERNATE };
  async getConnectionTags(conn, ctx) {
    log.push("tags");
    await new Promise((resolve) => setTimeout(resolve, 100));
    log.push("tagged");
    return new URL(ctx.request.url).searchParams.get("tags")?.split("-");
  }
  onConnect(conn) { log.push("connect"); conn.send(log.join()); }
}"#;

/// Rows 87, 88.
#[test]
fn tags_are_awaited_before_on_connect() {
    let dev = Dev::inline(&TAGGING.replace("HIBERNATE", "false"));
    assert_eq!(
        dev.ws(&format!("{ROOM}?tags=a")).text(),
        "tags,tagged,connect"
    );
}

/// Row 87.
#[test]
fn missing_tags_fail_the_connection() {
    let dev = Dev::inline(&TAGGING.replace("HIBERNATE", "false"));
    let closed = dev.ws(ROOM).closed();
    assert_eq!(
        closed,
        refusal("Cannot read properties of undefined (reading 'filter')")
    );
}

/// Row 89.
#[test]
fn hibernating_rooms_check_tags() {
    let dev = Dev::inline(&TAGGING.replace("HIBERNATE", "true"));
    let eleven = (0..10).map(|i| i.to_string()).collect::<Vec<_>>().join("-");
    let cases = [
        (
            eleven,
            "A connection can only have 10 tags, including the default id tag.",
        ),
        (
            "a--b".to_owned(),
            "A connection tag must not be an empty string.",
        ),
        (
            "x".repeat(257),
            "A connection tag must not exceed 256 characters",
        ),
    ];
    for (tags, reason) in cases {
        assert_eq!(
            dev.ws(&format!("{ROOM}?tags={tags}")).closed(),
            refusal(reason)
        );
    }
    let nine = (1..10).map(|i| i.to_string()).collect::<Vec<_>>().join("-");
    assert!(
        dev.ws(&format!("{ROOM}?tags={nine}"))
            .text()
            .ends_with("connect")
    );
}

/// Row 89.
#[test]
fn rooms_that_stay_awake_take_any_tags() {
    let dev = Dev::inline(&TAGGING.replace("HIBERNATE", "false"));
    let many = (0..20).map(|i| i.to_string()).collect::<Vec<_>>().join("-");
    assert!(
        dev.ws(&format!("{ROOM}?tags={many}"))
            .text()
            .ends_with("connect")
    );
}

const IDENTITY: &str = r#"
export default class {
  onConnect(conn) {
    conn.send(JSON.stringify({
      id: conn.id, uri: conn.uri, socket: conn.socket === conn, state: conn.state,
      name: conn.constructor.name, protocol: conn.protocol, ready: conn.readyState,
    }));
  }
}"#;

/// Rows 113, 115, 116, 117.
#[test]
fn connection_knows_itself() {
    let dev = Dev::inline(IDENTITY);
    let seen = dev.ws(&format!("{ROOM}/sub?_pk=abc&x=1")).json();
    let expected = json!({
        "id": "abc", "uri": format!("http://{}{ROOM}/sub?_pk=abc&x=1", dev.host()),
        "socket": true, "state": null, "name": "WebSocket", "protocol": "", "ready": 1,
    });
    assert_eq!(seen, expected);
}

/// Row 114.
#[test]
fn connection_without_an_id_gets_a_random_one() {
    let dev = Dev::inline(IDENTITY);
    let new_id = |path: &str| {
        let seen = dev.ws(path).json();
        seen["id"].as_str().expect("an id is text").to_owned()
    };
    let (first, second) = (new_id(ROOM), new_id(&format!("{ROOM}?_pk=")));
    assert_ne!(first, second);
    let parts: Vec<usize> = first.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    assert_eq!(&first[14..15], "4");
}

/// Rows 125, 126.
#[test]
fn handshake_has_the_required_headers_only() {
    let dev = connecting("");
    let mut socket = dev.ws_with(ROOM, &[("Sec-WebSocket-Extensions", "permessage-deflate")]);
    let headers = socket.handshake.headers();
    assert_eq!(
        headers.get("upgrade").map(|v| v.as_bytes()),
        Some(&b"websocket"[..])
    );
    assert!(headers.contains_key("sec-websocket-accept"));
    assert!(!headers.contains_key("sec-websocket-extensions"));
    socket.ping(b"are you there");
    assert_eq!(socket.ask("still"), "echo still");
}

/// Row 126.
#[test]
fn no_subprotocol_is_chosen() {
    let dev = connecting("");
    let head = dev
        .request("GET", ROOM)
        .upgrade()
        .header("Sec-WebSocket-Protocol", "chat")
        .open();
    assert_eq!(head.so_far.status, 101);
    assert_eq!(head.so_far.header("sec-websocket-protocol"), None);
}
