//! Sockets of rooms that do not hibernate, over saves with `--keep-sockets`.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Dev, Project, ROOM, Socket};

/// Keeps sockets.
pub fn keeping(source: &str) -> Dev {
    Project::inline(source).args(&["--keep-sockets"]).dev()
}

/// A room that tells, when it is asked "?", what it knows of whoever asks and of the others.
pub fn version(text: &str) -> String {
    format!(
        r#"
export default class {{
  connected = [];
  constructor(readonly room) {{}}
  onConnect(conn, {{ request }}) {{ this.connected.push([conn.id, request.headers.get("x-name")]); }}
  onMessage(message, conn) {{
    if (message !== "?") return conn.send(`{text} ${{message}}`);
    const named = this.connected.filter(([id]) => id === conn.id);
    conn.send(JSON.stringify(["{text}", conn.id, named, [...this.room.getConnections()].length]));
  }}
  onRequest() {{ return new Response("{text}"); }}
}}"#
    )
}

/// Row 238.
#[test]
fn a_hundred_sockets_outlive_twenty_saves() {
    let dev = keeping(&version("0"));
    let mut sockets: Vec<Socket> = (0..100)
        .map(|n| {
            let path = format!("{ROOM}?_pk=c{n}");
            dev.ws_with(&path, &[("x-name", &format!("n{n}"))])
        })
        .collect();
    for save in 1..=20 {
        let text = save.to_string();
        dev.edit("server.ts", &version(&text));
        dev.answers(ROOM, &text);
        for (n, socket) in sockets.iter_mut().enumerate() {
            socket.send("?");
            let id = format!("c{n}");
            assert_eq!(
                socket.json(),
                json!([text, id, [[id, format!("n{n}")]], 100]),
                "save {save}"
            );
        }
    }
    assert_eq!(dev.stderr(), "");
}

/// Row 238.
#[test]
fn what_is_sent_during_saves_arrives_once_and_in_order() {
    let dev = keeping(&version("0"));
    let mut socket = dev.ws(ROOM);
    let mut newest = 0;
    let mut sent = 0;
    for save in 1..=5 {
        dev.edit("server.ts", &version(&save.to_string()));
        let until = Instant::now() + Duration::from_secs(20);
        while newest < save {
            assert!(Instant::now() < until, "the save {save} is not served");
            for n in sent..sent + 20 {
                socket.send(&n.to_string());
            }
            for n in sent..sent + 20 {
                let answer = socket.text();
                let (version, number) = answer.split_once(' ').expect("it has two words");
                assert_eq!(number, n.to_string());
                let version: i32 = version.parse().expect("versions are numbers");
                assert!(version >= newest, "{answer} after {newest}");
                newest = version;
            }
            sent += 20;
        }
    }
}

/// Row 238.
#[test]
fn state_tags_attachment_and_added_properties_go_over() {
    let source = |first: &str, text: &str| {
        format!(
            r#"
export default class {{
  constructor(readonly room) {{}}
  getConnectionTags(conn, {{ request }}) {{ return ["{text}", new URL(request.url).searchParams.get("team")]; }}
  onConnect(conn) {{ {first} }}
  onMessage(_, conn) {{
    const tagged = (tag) => [...this.room.getConnections(tag)].map(({{ id }}) => id);
    const {{ state, added, uri }} = conn;
    conn.send(JSON.stringify({{
      text: "{text}", state: [...state.list], at: state.at instanceof Date, added, path: new URL(uri).pathname,
      attached: conn.deserializeAttachment(), red: tagged("red"), one: tagged("one"), two: tagged("two"),
    }}));
  }}
  onRequest() {{ return new Response("{text}"); }}
}}"#
        )
    };
    let first = "conn.setState({ list: new Set([1, 2]), at: new Date() }); conn.added = { n: 1 }; conn.serializeAttachment(7);";
    let dev = keeping(&source(first, "one"));
    let mut red = dev.ws(&format!("{ROOM}?_pk=a&team=red"));
    let mut blue = dev.ws(&format!("{ROOM}?_pk=b&team=blue"));
    for text in ["one", "two", "three"] {
        if text != "one" {
            dev.edit("server.ts", &source("", text));
            dev.answers(ROOM, text);
        }
        for socket in [&mut red, &mut blue] {
            socket.send("?");
            assert_eq!(
                socket.json(),
                json!({
                    "text": text, "state": [1, 2], "at": true, "added": { "n": 1 }, "path": ROOM,
                    "attached": 7, "red": ["a"], "one": ["a", "b"], "two": [],
                })
            );
        }
    }
}

/// Row 238.
#[test]
fn new_code_starts_and_connects_each_before_it_hears_of_messages() {
    let source = |text: &str, wait: u32| {
        format!(
            r#"
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default class {{
  steps = ["made"];
  constructor(readonly room) {{}}
  async onStart() {{ await pause({wait}); this.steps.push("started"); }}
  async onConnect(conn) {{
    await pause({wait});
    this.steps.push(conn.id);
    this.room.broadcast("{text} " + conn.id);
  }}
  onMessage(_, conn) {{ conn.send("{text} " + this.steps.join()); }}
}}"#
        )
    };
    let dev = keeping(&source("one", 0));
    let mut first = dev.ws(&format!("{ROOM}?_pk=a"));
    assert_eq!(first.text(), "one a");
    let mut second = dev.ws(&format!("{ROOM}?_pk=b"));
    assert_eq!(
        (first.text(), second.text()),
        ("one b".into(), "one b".into())
    );
    dev.edit("server.ts", &source("two", 150));
    dev.stdout_has("Reloaded");
    first.send("?");
    // Whether it was still the old code's to answer is a matter of microseconds.
    let mut heard = vec![first.text()];
    if heard[0].starts_with("one made") {
        first.send("?");
        heard[0] = first.text();
    }
    heard.extend([first.text(), first.text()]);
    heard.sort();
    assert!(
        heard[0].starts_with("two a") && heard[1].starts_with("two b"),
        "{heard:?}"
    );
    assert!(heard[2].starts_with("two made,started,a"), "{heard:?}");
    assert_eq!(
        (second.text(), second.text()),
        ("two a".into(), "two b".into())
    );
}

/// Row 238.
#[test]
fn sockets_go_over_into_code_that_hibernates() {
    let source = |hibernates: bool, text: &str| {
        format!(
            "export default class {{ options = {{ hibernate: {hibernates} }};\n\
             constructor(readonly room) {{}}\n\
             onMessage(message, conn) {{\n\
               if (message !== '?') conn.setState(message);\n\
               conn.send(`{text} ${{conn.id}} ${{conn.state}} ${{[...this.room.getConnections()].length}}`); }}\n\
             onRequest() {{ return new Response('{text}'); }} }}"
        )
    };
    let dev = keeping(&source(false, "one"));
    let mut socket = dev.ws(&format!("{ROOM}?_pk=a"));
    assert_eq!(socket.ask("red"), "one a red 1");
    for text in ["two", "three"] {
        dev.edit("server.ts", &source(true, text));
        dev.answers(ROOM, text);
        assert_eq!(socket.ask("?"), format!("{text} a red 1"));
    }
}

/// Row 238. A client that leaves is heard by the new code, which has had it.
#[test]
fn a_client_that_leaves_during_a_save_is_connected_and_then_gone() {
    let source = |text: &str, wait: u32| {
        format!(
            "export default class {{\n\
             async onConnect(conn) {{ await new Promise((resolve) => setTimeout(resolve, {wait})); console.log('{text} has ' + conn.id); }}\n\
             onClose(conn) {{ console.log('{text} lost ' + conn.id); }} }}"
        )
    };
    let dev = keeping(&source("one", 0));
    let mut socket = dev.ws(&format!("{ROOM}?_pk=a"));
    dev.stdout_has("one has a");
    dev.edit("server.ts", &source("two", 400));
    dev.stdout_has("Reloaded");
    socket.close(1000, "bye");
    dev.stdout_has("two has a");
    dev.stdout_has("two lost a");
    assert!(!dev.stdout().contains("one lost"), "{}", dev.stdout());
}

/// Row 238. `onConnect` that is at work when the next save comes has its time.
#[test]
fn a_save_waits_for_on_connect_of_the_save_before() {
    let slow = version("two").replace(
        "onConnect(conn",
        "async onConnect(conn, context) { await new Promise((resolve) => setTimeout(resolve, 300)); this.connects(conn, context); }\n  connects(conn",
    );
    let dev = keeping(&version("one"));
    let mut socket = dev.ws(&format!("{ROOM}?_pk=a"));
    assert_eq!(socket.ask("x"), "one x");
    dev.edit("server.ts", &slow);
    dev.stdout_has("Reloaded");
    socket.send("y");
    thread::sleep(Duration::from_millis(50));
    dev.edit("server.ts", &version("three"));
    let answer = socket.text();
    assert!(
        ["one y", "two y", "three y"].contains(&answer.as_str()),
        "{answer}"
    );
    dev.answers(ROOM, "three");
    assert_eq!(socket.ask("z"), "three z");
}

/// Row 238.
#[test]
fn the_configuration_can_keep_sockets() {
    let dev = Project::inline(&version("one"))
        .config("dev", json!({ "keepSockets": true }))
        .dev();
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("x"), "one x");
    dev.edit("server.ts", &version("two"));
    dev.answers(ROOM, "two");
    assert_eq!(socket.ask("x"), "two x");
    dev.edit("partykit.json", r#"{ "main": "server.ts", "name": "x" }"#);
    assert_eq!(socket.closed().code, 1012);
}
