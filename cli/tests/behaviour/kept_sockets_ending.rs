//! Sockets that a save closes: those that new code cannot have, and all where they are not kept.

use crate::harness::{Dev, Project, ROOM, Socket, eventually};
use crate::kept_sockets::{keeping, version};

/// Row 238.
#[test]
fn what_cannot_be_kept_is_closed_and_told_once() {
    let source = |text: &str| {
        format!(
            r#"
class Player {{}}
export default class {{
  constructor(readonly room) {{}}
  onConnect(conn, {{ request }}) {{
    const how = new URL(request.url).searchParams.get("how");
    if (how === "listener") conn.addEventListener("message", () => {{}});
    if (how === "handler") conn.onmessage = () => {{}};
    if (how === "class") conn.setState({{ player: new Player() }});
    if (how === "function") conn.setState({{ go() {{}} }});
  }}
  onMessage(_, conn) {{ conn.send("{text}"); }}
}}"#
        )
    };
    let dev = keeping(&source("one"));
    let mut kept = dev.ws(ROOM);
    let mut others: Vec<Socket> = ["listener", "handler", "class", "function"]
        .into_iter()
        .map(|how| dev.ws(&format!("{ROOM}?how={how}")))
        .collect();
    dev.edit("server.ts", &source("two"));
    for socket in &mut others {
        assert_eq!(socket.closed().code, 1012);
    }
    assert_eq!(kept.ask("?"), "two");
    let closed = |count: &str, why: &str| {
        format!(
            "Note: The reload closed {count} of room `main/r` with 1012. New code cannot take over sockets {why}\n"
        )
    };
    let uncopied = "whose state cannot be copied: it has";
    let told = [
        closed("1 socket", &format!("{uncopied} a function or a symbol")),
        closed("1 socket", &format!("{uncopied} an instance of `Player`")),
        closed(
            "2 sockets",
            "with listeners that the old code had added, at server.ts:7:62, server.ts:8:45",
        ),
    ];
    told.iter().for_each(|line| dev.stderr_has(line));
    let mut listening = dev.ws("/parties/main/other?how=listener");
    let mut unlike = dev.ws("/parties/main/other?how=class");
    dev.edit("server.ts", &source("three"));
    assert_eq!(listening.closed().code, 1012);
    assert_eq!(unlike.closed().code, 1012);
    assert_eq!(kept.ask("?"), "three");
    assert_eq!(dev.stderr(), told.concat());
}

/// Row 238.
#[test]
fn sockets_of_static_handlers_are_closed_and_told() {
    let server = |text: &str| {
        format!(
            r#"
export default class {{
  static onFetch(request) {{
    const {{ 0: client, 1: server }} = new WebSocketPair();
    server.accept();
    server.addEventListener("message", () => server.send("{text}"));
    return new Response(null, {{ status: 101, webSocket: client }});
  }}
}}"#
        )
    };
    let dev = keeping(&server("one"));
    let mut socket = dev.ws("/pair");
    assert_eq!(socket.ask("?"), "one");
    dev.edit("server.ts", &server("two"));
    assert_eq!(socket.closed().code, 1012);
    dev.stderr_has(
        "Note: The reload closed 1 socket of the static handlers with 1012. New code takes over only those of rooms\n",
    );
    assert_eq!(dev.ws("/pair").ask("?"), "two");
}

/// Row 238.
#[test]
fn sockets_between_rooms_are_closed_and_told() {
    let server = |text: &str| {
        format!(
            r#"
export default class {{
  constructor(readonly room) {{}}
  async onRequest() {{
    const socket = await this.room.context.parties.other.get("o").socket("/");
    socket.addEventListener("close", ({{ code }}) => console.log("closed with " + code));
    return new Response("{text}");
  }}
}}"#
        )
    };
    let dev = Project::inline(&server("one"))
        .party("other", &version("one"))
        .args(&["--keep-sockets"])
        .dev();
    assert_eq!(dev.get(ROOM).text(), "one");
    dev.edit("server.ts", &server("two"));
    let closed = |room: &str, which: &str| {
        dev.stderr_has(&format!(
            "The reload closed 1 socket of room `{room}` with 1012. New code cannot take over sockets {which}\n"
        ));
    };
    closed("main/r", "of a `WebSocketPair` or to another room");
    closed("other/o", "from another room or a static handler");
}

/// Rows 238, 239.
#[test]
fn code_that_does_not_load_leaves_sockets_with_the_old() {
    let dev = keeping(&version("one"));
    let mut socket = dev.ws(&format!("{ROOM}?_pk=a"));
    for broken in [
        "export default class {",
        "export default class {}; throw new Error('at the top');",
    ] {
        dev.edit("server.ts", broken);
        let told = if broken.contains("throw") {
            "at the top"
        } else {
            "server.ts:1:"
        };
        dev.stderr_has(told);
        assert_eq!(socket.ask("x"), "one x");
    }
    dev.edit("server.ts", &version("two"));
    dev.answers(ROOM, "two");
    assert_eq!(socket.ask("x"), "two x");
}

/// Rows 238, 240.
#[test]
fn errors_of_new_code_end_sockets_as_they_refuse_new_ones() {
    let dev = keeping(&version("one"));
    let handlers = [
        (
            "constructor",
            "constructor() { throw new Error('not made'); }",
            "not made",
        ),
        (
            "onStart",
            "async onStart() { throw new Error('not started'); }",
            "not started",
        ),
        (
            "onConnect",
            "onConnect() { throw new Error('not let in'); }",
            "not let in",
        ),
    ];
    for (_, handler, reason) in handlers {
        let mut socket = dev.ws(ROOM);
        let other = dev.ws(ROOM);
        dev.edit(
            "server.ts",
            &format!("export default class {{ {handler} }}"),
        );
        let closed = socket.closed();
        assert_eq!((closed.code, closed.reason.as_str()), (1011, reason));
        dev.stderr_has(&format!("Error: {reason}"));
        drop(other);
        dev.edit("server.ts", &version("one"));
        dev.answers("/parties/main/another", "one");
        eventually("sockets are let in again", || {
            (dev.get(ROOM).text() == "one").then_some(())
        });
    }
}

/// Row 238.
#[test]
fn the_first_save_that_closes_sockets_says_how_pages_come_back_sooner() {
    let dev = Dev::inline(&version("one"));
    for text in ["two", "three"] {
        let mut sockets = [dev.ws(ROOM), dev.ws(ROOM)];
        dev.edit("server.ts", &version(text));
        for socket in &mut sockets {
            assert_eq!(socket.closed().code, 1012);
        }
        dev.answers(ROOM, text);
    }
    let told = "Note: The reload closed 2 sockets of room `main/r` with 1012. A page with partysocket comes back after 3 s; with its option `minReconnectionDelay: 100` at once. With `--keep-sockets` they stay open\n";
    dev.stderr_has(told);
    assert_eq!(dev.stderr(), told);
}
