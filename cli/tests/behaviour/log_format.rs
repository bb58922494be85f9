//! `--log-format json`: what happens, as data.

use std::io::Write;

use serde_json::{Value, json};

use crate::harness::{Project, Running, eventually};

/// A running `partyrun dev` whose output is events.
struct Events {
    running: Running,
    project: Project,
}

fn events(project: Project) -> Events {
    let project = project.args(&["--log-format", "json"]);
    let running = Running::start(&mut project.serving());
    Events { running, project }
}

impl Events {
    /// Every line so far, each of which is an object.
    fn all(&self) -> Vec<Value> {
        let text = self.running.stdout.text();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let parse = |line: &str| -> Value {
            serde_json::from_str(line).unwrap_or_else(|_| panic!("Not JSON: {line}"))
        };
        whole.lines().map(parse).collect()
    }

    /// The first event with this name that `wanted` takes.
    fn find(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("an event `{name}`"), || {
            let mut events = self.all().into_iter();
            events.find(|event| event["event"] == name && wanted(event))
        })
    }

    fn first(&self, name: &str) -> Value {
        self.find(name, |_| true)
    }

    fn port(&self) -> u16 {
        let port = self.first("ready")["port"].as_u64().expect("a number");
        port.try_into().expect("a port")
    }

    fn get(&self, path: &str) -> String {
        let mut stream =
            std::net::TcpStream::connect(("127.0.0.1", self.port())).expect("it listens");
        let head = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("it reads");
        crate::harness::rest_of(stream)
    }

    fn ws(&self, path: &str) -> tungstenite::WebSocket<std::net::TcpStream> {
        let port = self.port();
        let stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        let (socket, _) = tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream)
            .expect("the room takes sockets");
        socket
    }
}

const PARTY: &str = r#"
export default class {
  constructor(readonly room) {}
  static onCron() {}
  async onRequest(req) {
    if (req.url.endsWith("?error")) throw new Error("boom");
    if (req.url.endsWith("?alarm")) await this.room.storage.setAlarm(Date.now());
    console.log("hello\nworld", { a: 1 });
    console.warn("careful");
    return new Response("room");
  }
  onAlarm() {}
}"#;

#[test]
fn every_line_is_an_event_with_a_name_and_a_time() {
    let mut events = events(Project::inline(PARTY).env("FORCE_COLOR", "1"));
    events.get("/parties/main/r");
    events.get("/parties/main/r?error");
    events.first("error");
    events.running.signal(rustix::process::Signal::TERM);
    assert_eq!(events.running.ends().code(), Some(0));
    let all = events.all();
    for event in &all {
        assert!(
            event["event"].is_string() && event["time"].is_u64(),
            "{event}"
        );
        assert!(!event.to_string().contains("\\u001b"), "{event}");
    }
    assert_eq!(events.running.stderr.text(), "");
    let last = all.last().expect("there are some");
    assert_eq!((&last["event"], &last["code"]), (&json!("exit"), &json!(0)));
}

#[test]
fn requests_and_what_rooms_say() {
    let events = events(Project::inline(PARTY));
    events.get("/parties/main/lobby?x=1");
    let request = events.first("request");
    assert_eq!(request["method"], "GET");
    assert_eq!(request["path"], "/parties/main/lobby");
    assert_eq!(request["status"], 200);
    assert!(request["ms"].is_number());
    let said = events.first("console");
    assert_eq!(said["level"], "log");
    assert_eq!(said["text"], "hello\nworld { a: 1 }");
    assert_eq!(
        (&said["party"], &said["room"]),
        (&json!("main"), &json!("lobby"))
    );
    events.find("console", |event| {
        event["level"] == "warn" && event["text"] == "careful"
    });
    events.get("/parties/main/lobby?error");
    let error = events.first("error");
    assert_eq!(error["room"], "lobby");
    let text = error["text"].as_str().expect("a text");
    assert!(
        text.starts_with("Error: boom\n") && text.contains("server.ts:6:"),
        "{text}"
    );
}

#[test]
fn sockets_come_and_go() {
    let events = events(Project::inline("export default class {}"));
    let mut socket = events.ws("/parties/main/r?_pk=ann");
    let open = events.first("socket-open");
    assert_eq!(open["connection"], "ann");
    assert_eq!(open["room"], "r");
    let frame = tungstenite::protocol::CloseFrame {
        code: 4001.into(),
        reason: "bye".into(),
    };
    socket.close(Some(frame)).expect("it is open");
    let close = events.first("socket-close");
    assert_eq!(close["connection"], "ann");
    assert_eq!(
        (&close["code"], &close["reason"]),
        (&json!(4001), &json!("bye"))
    );
    assert_eq!(close["clean"], true);
    drop(events.ws("/parties/main/r?_pk=bob"));
    let lost = events.find("socket-close", |event| event["connection"] == "bob");
    assert_eq!(
        (&lost["code"], &lost["clean"]),
        (&json!(1006), &json!(false))
    );
}

#[test]
fn sockets_of_hibernating_rooms_come_and_go() {
    let events = events(
        Project::inline(
            r#"export default class { options = { hibernate: true }; onMessage(m, c) { c.close(4002, "enough"); } }"#,
        )
        .env("PARTYRUN_IDLE_MS", "50"),
    );
    let mut socket = events.ws("/parties/main/r?_pk=ann");
    assert_eq!(events.first("socket-open")["connection"], "ann");
    socket
        .send(tungstenite::Message::text("x"))
        .expect("it is open");
    while socket.read().is_ok() {}
    let close = events.first("socket-close");
    assert_eq!(
        (&close["connection"], &close["code"]),
        (&json!("ann"), &json!(4002))
    );
}

#[test]
fn alarms_are_told_once_each() {
    let events = events(Project::inline(PARTY));
    events.get("/parties/main/r?alarm");
    let alarm = events.first("alarm");
    assert_eq!(
        (&alarm["party"], &alarm["room"]),
        (&json!("main"), &json!("r"))
    );
    assert_eq!(alarm["retry"], false);
    assert!(alarm["scheduled"].is_u64() && alarm["ms"].is_number());
    events.get("/parties/main/other");
    let count = events
        .all()
        .iter()
        .filter(|event| event["event"] == "alarm")
        .count();
    assert_eq!(count, 1);
}

#[test]
fn alarm_that_fails_is_told_to_come_again() {
    let failing = PARTY.replace("onAlarm() {}", "onAlarm() { throw new Error('alarmed'); }");
    let events = events(Project::inline(&failing));
    events.get("/parties/main/r?alarm");
    assert_eq!(events.first("alarm")["retry"], true);
    let error = events.first("error");
    assert!(
        error["text"]
            .as_str()
            .is_some_and(|text| text.contains("alarmed"))
    );
}

#[test]
fn crons_are_told() {
    let project = Project::inline(PARTY)
        .config("crons", json!({ "tick": "* * * * *" }))
        .args(&["--cron"])
        .env("PARTYRUN_CRON_AHEAD_MS", &until_next_minute());
    let cron = events(project).first("cron");
    assert_eq!(
        (&cron["name"], &cron["expression"]),
        (&json!("tick"), &json!("* * * * *"))
    );
    assert_eq!(cron["status"], 200);
}

/// So many milliseconds, less half a second, are left of this minute.
fn until_next_minute() -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("it is after 1970");
    let left = 60_000 - now.as_millis() % 60_000;
    // Starting the program takes part of what is left.
    left.saturating_sub(1_500).to_string()
}

#[test]
fn reloads_are_told_however_they_end() {
    let events = events(Project::inline(PARTY));
    events.port();
    let save = |content: &str| {
        std::fs::write(events.project.path().join("server.ts"), content).expect("writable");
    };
    save(&format!("{PARTY}\n// more"));
    save(&PARTY.replace("hello", "bye"));
    events.find("reload", |event| {
        event["ok"] == true && event["changed"] == true
    });
    save("export default class {");
    let failed = events.find("reload", |event| event["ok"] == false);
    assert!(
        failed["text"]
            .as_str()
            .is_some_and(|text| text.contains("server.ts:1:"))
    );
    save(&PARTY.replace("hello", "bye"));
    events.find("reload", |event| {
        event["ok"] == true && event["changed"] == false
    });
}

#[test]
fn project_that_cannot_be_served_is_an_event_too() {
    for (project, reason) in [
        (Project::inline("export default class {"), "server.ts:1:"),
        (Project::empty(), "main"),
    ] {
        let exit = project.args(&["--log-format", "json"]).fails();
        assert_eq!(exit.code, Some(1));
        let events: Vec<Value> = exit
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect();
        let error = events.iter().find(|event| event["event"] == "error");
        let text = error
            .and_then(|error| error["text"].as_str())
            .expect("there is one");
        assert!(text.contains(reason), "{text}");
        assert_eq!(events.last().expect("some")["code"], 1);
    }
}
