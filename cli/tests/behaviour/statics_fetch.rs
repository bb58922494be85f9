//! `onFetch` and `onSocket`: whatever is not a party URL.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Dev, Project, ROOM};

/// A server whose `onFetch` has this body.
fn fetching(body: &str) -> Dev {
    Dev::inline(&format!(
        r#"export default class {{ static async onFetch(req, lobby, ctx) {{ {body} }} }}"#
    ))
}

/// Row 52.
#[test]
fn on_fetch_answers_the_rest() {
    let dev = fetching(
        r#"return new Response(req.method + " " + new URL(req.url).pathname + await req.text());"#,
    );
    assert_eq!(dev.get("/foo").text(), "GET /foo");
    assert_eq!(dev.post("/a/b", "!").text(), "POST /a/b!");
}

/// Row 53.
#[test]
fn on_fetch_may_decline() {
    for value in ["null", "undefined"] {
        let answer = fetching(&format!("return {value};")).get("/foo");
        assert_eq!((answer.status, answer.text().as_str()), (404, "Not found"));
    }
}

/// Row 54.
#[test]
fn error_in_on_fetch_is_500() {
    let answer = fetching(r#"throw new Error("no luck");"#).get("/foo");
    assert_eq!((answer.status, answer.text().as_str()), (500, "no luck"));
}

/// Row 55.
#[test]
fn old_name_of_on_fetch_works() {
    let dev =
        Dev::inline(r#"export default { unstable_onFetch() { return new Response("old") } }"#);
    assert_eq!(dev.get("/x").text(), "old");
    let both = Dev::inline(
        r#"export default {
  onFetch() { return new Response("new") }, unstable_onFetch() { return new Response("old") } }"#,
    );
    assert_eq!(both.get("/x").text(), "new");
}

/// Row 56.
#[test]
fn on_fetch_of_a_sub_party_is_ignored() {
    let sub = r#"export default class { static onFetch() { return new Response("sub") } }"#;
    let dev = Project::inline("export default class {}")
        .party("sub", sub)
        .dev();
    assert_eq!(dev.get("/x").status, 404);
}

/// Row 48.
#[test]
fn lobby_of_on_fetch_has_no_room() {
    let dev = fetching("return Response.json(Object.keys(lobby));");
    assert_eq!(
        dev.json("/x"),
        json!([
            "env",
            "ai",
            "parties",
            "vectorize",
            "analytics",
            "assets",
            "bindings"
        ])
    );
}

/// Row 49.
#[test]
fn on_fetch_reaches_rooms() {
    let dev = Dev::inline(
        r#"
export default class {
  static onFetch(req, lobby) { return lobby.parties.main.get("inner").fetch("/p?q=1"); }
  constructor(readonly room) {}
  onRequest(req) { return new Response(this.room.id + " " + req.url); }
}"#,
    );
    let expected = format!("inner http://{}/parties/main/inner/p?q=1", dev.host());
    assert_eq!(dev.get("/x").text(), expected);
}

/// Row 57.
#[test]
fn on_fetch_may_answer_with_a_socket() {
    let dev = fetching(
        r#"
const { 0: client, 1: server } = new WebSocketPair();
server.accept();
server.addEventListener("message", (event) => server.send("echo " + event.data));
return new Response(null, { status: 101, webSocket: client });"#,
    );
    let mut socket = dev.ws("/engine");
    assert_eq!(socket.ask("one"), "echo one");
    assert_eq!(socket.ask("two"), "echo two");
}

/// A server whose `onSocket` has this body; rooms greet their sockets.
fn listening(body: &str) -> Dev {
    Dev::inline(&format!(
        r#"
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default class {{
  static async onSocket(socket, lobby, ctx) {{ {body} }}
  onConnect(conn) {{ conn.send("from the room"); }}
}}"#
    ))
}

/// Rows 58, 59.
#[test]
fn on_socket_takes_other_sockets() {
    let dev = listening(
        r#"
socket.send("hello " + socket.request.url);
socket.addEventListener("message", (event) => socket.send("got " + event.data));"#,
    );
    let mut socket = dev.ws("/anything?x=1");
    assert_eq!(
        socket.text(),
        format!("hello http://{}/anything?x=1", dev.host())
    );
    assert_eq!(socket.ask("hi"), "got hi");
}

/// Row 58.
#[test]
fn on_socket_may_close() {
    let dev = listening(r#"socket.close(4001, "bye");"#);
    let mut socket = dev.ws("/x");
    let closed = socket.closed();
    assert_eq!((closed.code, closed.reason.as_str()), (4001, "bye"));
}

/// Row 60.
#[test]
fn handshake_waits_for_on_socket() {
    let dev = listening(r#"await pause(300); socket.send("late");"#);
    let start = Instant::now();
    let mut socket = dev.ws("/x");
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(socket.text(), "late");
}

/// Row 61.
#[test]
fn error_in_on_socket_refuses() {
    let answer = listening(r#"throw new Error("no sockets today");"#).refused("/x");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "no sockets today")
    );
}

/// Row 62.
#[test]
fn timers_of_on_socket_outlive_it() {
    let dev = listening(
        r#"let n = 0; const timer = setInterval(() => { socket.send(String(n++)); if (n === 5) clearInterval(timer); }, 100);"#,
    );
    let mut socket = dev.ws("/x");
    let seen: Vec<String> = (0..5).map(|_| socket.text()).collect();
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
}

/// Row 63.
#[test]
fn party_urls_do_not_meet_on_socket() {
    let dev = listening(r#"socket.send("from onSocket");"#);
    assert_eq!(dev.ws(ROOM).text(), "from the room");
    assert_eq!(dev.ws("/parties/main/").text(), "from onSocket");
}

/// Row 58.
#[test]
fn without_on_socket_there_is_nothing_to_connect_to() {
    let answer = Dev::inline("export default class {}").refused("/x");
    assert_eq!(answer.status, 404);
}

/// Row 52.
#[test]
fn each_request_has_an_env_of_its_own() {
    let dev = fetching(
        "lobby.env.seen = (lobby.env.seen ?? 0) + 1; return new Response(String(lobby.env.seen));",
    );
    assert_eq!(dev.get("/x").text(), "1");
    assert_eq!(dev.get("/x").text(), "1");
}

/// Row 53.
#[test]
fn on_fetch_that_is_no_function_is_none() {
    let dev = Dev::inline("export default class { static onFetch = 5; }");
    assert_eq!(dev.get("/foo").status, 404);
}
