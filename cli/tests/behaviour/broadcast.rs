//! `room.broadcast` and the list of connections.

use serde_json::json;

use crate::harness::{Dev, ROOM, Socket};

/// A room that evaluates each posted body with `room` in reach and answers with the JSON of its value.
///
/// The expressions are fixed in the source, as rooms may not make code from text.
fn room_with(options: &str, actions: &[(&str, &str)]) -> Dev {
    let actions: String = actions
        .iter()
        .map(|(name, body)| format!("{name}: async (room) => {{ {body} }},\n"))
        .collect();
    Dev::inline(&format!(
        r#"
const actions = {{ {actions} }};
export default class {{
  options = {{ {options} }};
  constructor(readonly room) {{}}
  getConnectionTags(conn, {{ request }}) {{ return new URL(request.url).searchParams.getAll("tag"); }}
  onConnect() {{}}
  async onRequest(req) {{
    return Response.json((await actions[new URL(req.url).pathname.split("/").at(-1)](this.room)) ?? null);
  }}
}}"#
    ))
}

fn both(actions: &[(&str, &str)]) -> [Dev; 2] {
    [
        room_with("", actions),
        room_with("hibernate: true", actions),
    ]
}

fn join(dev: &Dev, id: &str) -> Socket {
    dev.ws(&format!("{ROOM}?_pk={id}"))
}

/// Rows 127, 128.
#[test]
fn broadcast_reaches_all_but_the_excluded() {
    let actions = [
        ("all", r#"room.broadcast("all")"#),
        ("some", r#"room.broadcast("some", ["a", "nobody"])"#),
    ];
    for dev in both(&actions) {
        let (mut a, mut b, mut c) = (join(&dev, "a"), join(&dev, "b"), join(&dev, "c"));
        dev.get(&format!("{ROOM}/some"));
        dev.get(&format!("{ROOM}/all"));
        assert_eq!(a.text(), "all");
        for socket in [&mut b, &mut c] {
            assert_eq!([socket.text(), socket.text()], ["some", "all"]);
        }
    }
}

/// Row 127.
#[test]
fn broadcast_stays_in_its_room() {
    let dev = room_with("", &[("all", r#"room.broadcast("here")"#)]);
    let (mut here, mut there) = (join(&dev, "a"), dev.ws("/parties/main/elsewhere"));
    dev.get(&format!("{ROOM}/all"));
    assert_eq!(here.text(), "here");
    there.quiet_for(std::time::Duration::from_millis(100));
}

/// Rows 127, 106.
#[test]
fn broadcast_turns_other_values_into_text() {
    let dev = room_with("", &[("all", "room.broadcast(41)")]);
    let mut a = join(&dev, "a");
    dev.get(&format!("{ROOM}/all"));
    assert_eq!(a.text(), "41");
}

/// Row 129.
#[test]
fn broadcast_skips_a_closing_socket() {
    let actions = [(
        "all",
        r#"room.getConnection("a").close(4000, "out"); room.broadcast("after"); return "no error";"#,
    )];
    for dev in both(&actions) {
        let (mut a, mut b) = (join(&dev, "a"), join(&dev, "b"));
        assert_eq!(dev.json(&format!("{ROOM}/all")), "no error");
        assert_eq!(b.text(), "after");
        assert_eq!(a.closed().code, 4000);
    }
}

/// Row 130.
#[test]
fn broadcast_takes_bytes() {
    let dev = room_with(
        "",
        &[("all", "room.broadcast(new Uint8Array([1, 2, 250]))")],
    );
    let (mut a, mut b) = (join(&dev, "a"), join(&dev, "b"));
    dev.get(&format!("{ROOM}/all"));
    assert_eq!([a.bytes(), b.bytes()], [[1, 2, 250], [1, 2, 250]]);
}

/// Row 131.
#[test]
fn connection_is_found_by_its_id() {
    let actions = [(
        "find",
        r#"room.getConnection("a").send("found"); return typeof room.getConnection("zzz");"#,
    )];
    for dev in both(&actions) {
        let mut a = join(&dev, "a");
        assert_eq!(dev.json(&format!("{ROOM}/find")), "undefined");
        assert_eq!(a.text(), "found");
    }
}

/// Row 132.
#[test]
fn connections_are_iterable() {
    let actions = [(
        "list",
        r#"
const all = room.getConnections();
const ids = [all.next().value.id];
for (const conn of all) ids.push(conn.id);
return [ids.sort(), [...room.getConnections()].length, Array.from(room.getConnections(), (c) => c.id).sort()];"#,
    )];
    for dev in both(&actions) {
        let _sockets = ["x", "b", "k"].map(|id| join(&dev, id));
        let expected = json!([["b", "k", "x"], 3, ["b", "k", "x"]]);
        assert_eq!(dev.json(&format!("{ROOM}/list")), expected);
    }
}

/// Row 132.
#[test]
fn awake_rooms_list_connections_in_their_order() {
    let dev = room_with(
        "",
        &[(
            "list",
            r#"return Array.from(room.getConnections(""), (conn) => conn.id);"#,
        )],
    );
    let _sockets = ["x", "b", "k"].map(|id| join(&dev, id));
    assert_eq!(dev.json(&format!("{ROOM}/list")), json!(["x", "b", "k"]));
}

/// Row 133.
#[test]
fn connections_are_found_by_tag() {
    let actions = [(
        "tags",
        r#"return ["red", "blue", "a", "none"].map((tag) => [...room.getConnections(tag)].map((c) => c.id).sort());"#,
    )];
    for dev in both(&actions) {
        let _a = dev.ws(&format!("{ROOM}?_pk=a&tag=red"));
        let _b = dev.ws(&format!("{ROOM}?_pk=b&tag=red&tag=blue"));
        let expected = json!([["a", "b"], ["b"], ["a"], []]);
        assert_eq!(dev.json(&format!("{ROOM}/tags")), expected);
    }
}

/// Row 134.
#[test]
fn connections_may_close_while_iterating() {
    let actions = [(
        "clear",
        r#"let n = 0; for (const conn of room.getConnections()) { conn.close(4000, "clear"); n++; } return n;"#,
    )];
    for dev in both(&actions) {
        let mut sockets = ["a", "b", "c"].map(|id| join(&dev, id));
        assert_eq!(dev.json(&format!("{ROOM}/clear")), 3);
        assert!(
            sockets
                .iter_mut()
                .all(|socket| socket.closed().code == 4000)
        );
    }
}

/// Row 132.
#[test]
fn room_functions_work_without_their_room() {
    let dev = room_with(
        "",
        &[(
            "loose",
            r#"const { broadcast, getConnection, getConnections } = room;
broadcast("loose"); return [getConnection("a").id, [...getConnections()].length];"#,
        )],
    );
    let mut a = join(&dev, "a");
    assert_eq!(dev.json(&format!("{ROOM}/loose")), json!(["a", 1]));
    assert_eq!(a.text(), "loose");
}

/// Row 135.
#[test]
fn connections_map_still_works() {
    let actions = [(
        "map",
        r#"return [room.connections instanceof Map, room.connections.size, room.connections.get("a").id,
  [...room.connections.values()].map((c) => c.id).sort(), [...room.connections.keys()].sort()];"#,
    )];
    for dev in both(&actions) {
        let (_a, _b) = (join(&dev, "a"), join(&dev, "b"));
        let expected = json!([true, 2, "a", ["a", "b"], ["a", "b"]]);
        assert_eq!(dev.json(&format!("{ROOM}/map")), expected);
        dev.prints("Party.connections is deprecated");
    }
}

/// Row 127.
#[test]
fn large_fan_out_arrives_everywhere() {
    let dev = room_with(
        "",
        &[(
            "all",
            r#"for (let i = 0; i < 20; i++) room.broadcast("m" + i)"#,
        )],
    );
    let mut sockets: Vec<Socket> = (0..100).map(|i| join(&dev, &i.to_string())).collect();
    dev.get(&format!("{ROOM}/all"));
    for socket in &mut sockets {
        for i in 0..20 {
            assert_eq!(socket.text(), format!("m{i}"));
        }
    }
}

/// Row 128.
#[test]
fn broadcast_takes_what_has_includes() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  onMessage(message, conn) {
    const without = { one: conn.id, set: new Set([conn.id]), none: null }[message];
    try {
      this.room.broadcast(message, without);
    } catch (error) {
      conn.send(error.message);
    }
    this.room.broadcast("done");
  }
}"#,
    );
    let mut sender = dev.ws("/party/r?_pk=sender");
    let mut other = dev.ws("/party/r?_pk=other");
    assert_eq!(sender.ask("one"), "done");
    assert_eq!((other.text(), other.text()), ("one".into(), "done".into()));
    assert_eq!(sender.ask("set"), "without.includes is not a function");
    assert_eq!(sender.text(), "done");
    sender.send("none");
    assert!(sender.text().contains("null"), "as an array would be asked");
}

/// Row 133.
#[test]
fn hibernating_rooms_list_the_newest_first_and_tags_in_order() {
    let dev = Dev::inline(
        r#"
export default class {
  options = { hibernate: true };
  constructor(readonly room) {}
  getConnectionTags() { return ["all"]; }
  ids(tag) { return [...this.room.getConnections(tag)].map((conn) => conn.id).join(""); }
  onRequest() { return Response.json([this.ids(), this.ids(""), this.ids("all"), this.ids(null)]); }
}"#,
    );
    let _sockets = ["a", "b", "c"].map(|id| dev.ws(&format!("/party/r?_pk={id}")));
    assert_eq!(dev.json("/party/r"), json!(["cba", "cba", "abc", ""]));
}

/// Row 131.
#[test]
fn hibernating_rooms_find_a_closing_connection_by_its_id() {
    let dev = Dev::inline(
        r#"
export default class {
  options = { hibernate: true };
  constructor(readonly room) {}
  onClose(conn) { console.log("found", this.room.getConnection(conn.id) === conn); }
}"#,
    );
    dev.ws("/party/r?_pk=a").close(1000, "");
    dev.stdout_has("found true");
}
