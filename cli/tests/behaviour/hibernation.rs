//! Rooms that nothing happens to: hibernating ones fall asleep under their sockets, the others end
//! when nobody is connected (specification, section 4.4).

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Dev, Project, ROOM, eventually};

/// Serves `source` with rooms that are idle after 100 ms.
pub fn restless(source: &str) -> Dev {
    Project::inline(source).env("PARTYRUN_IDLE_MS", "100").dev()
}

/// Many times the idle time, because the machine may be busy with a build.
pub fn nap() {
    thread::sleep(Duration::from_millis(1200));
}

/// Tells what this instance has been through. A nap ends the instance, not its socket.
const SLEEPER: &str = r#"
export default class {
  options = { hibernate: true };
  log = ["constructed"];
  constructor(readonly room) {}
  ids(tag) { return [...this.room.getConnections(tag)].map((conn) => conn.id).sort().join("+"); }
  onStart() { this.log.push("started with " + this.ids()); }
  getConnectionTags(conn) { return [conn.id + "s"]; }
  onConnect(conn) { this.log.push("connected"); conn.setState({ name: conn.id, at: new Date(5) }); }
  onMessage(message, conn) {
    this.log.push("message");
    const { id, uri, state } = conn;
    const at = state.at.getTime();
    const told = { id, uri, name: state.name, at, tagged: this.ids("as"), room: this.room.id };
    conn.send(JSON.stringify(message === "log" ? this.log : told));
  }
  onRequest() { this.room.broadcast("asked"); return Response.json(this.log.concat(this.ids())); }
  onClose(conn) { console.log([...this.log, "closed", conn.id, conn.state.name].join()); }
}"#;

fn sleeper() -> Dev {
    restless(SLEEPER)
}

/// Row 186.
#[test]
fn message_wakes_a_sleeping_room() {
    let dev = sleeper();
    let mut socket = dev.ws(&format!("{ROOM}?_pk=a"));
    let _other = dev.ws(&format!("{ROOM}?_pk=b"));
    for _ in 0..2 {
        nap();
        socket.send("log");
        assert_eq!(
            socket.json(),
            json!(["constructed", "started with a+b", "message"])
        );
    }
}

/// Row 120.
#[test]
fn connection_is_itself_after_a_sleep() {
    let dev = sleeper();
    let path = format!("{ROOM}?_pk=a&more=1");
    let mut socket = dev.ws(&path);
    let _other = dev.ws(&format!("{ROOM}?_pk=b"));
    socket.send("tell");
    let told = socket.json();
    let uri = format!("http://{}{path}", dev.host());
    let expected =
        json!({ "id": "a", "uri": uri, "name": "a", "at": 5, "tagged": "a", "room": "r" });
    assert_eq!(told, expected);
    nap();
    socket.send("tell");
    assert_eq!(socket.json(), expected);
    socket.send("log");
    let slept = json!(["constructed", "started with a+b", "message", "message"]);
    assert_eq!(socket.json(), slept);
}

/// Row 186.
#[test]
fn request_wakes_a_sleeping_room_and_reaches_its_sockets() {
    let dev = sleeper();
    let mut socket = dev.ws(&format!("{ROOM}?_pk=a"));
    nap();
    assert_eq!(
        dev.json(ROOM),
        json!(["constructed", "started with a", "a"])
    );
    assert_eq!(socket.text(), "asked");
}

/// Row 186.
#[test]
fn close_wakes_a_sleeping_room() {
    let dev = sleeper();
    let mut leaving = dev.ws(&format!("{ROOM}?_pk=a"));
    let _staying = dev.ws(&format!("{ROOM}?_pk=b"));
    nap();
    assert_eq!(leaving.close(4001, "bye").code, 4001);
    dev.stdout_has("constructed,started with b,closed,a,a");
    assert!(!dev.stdout().contains("connected"), "{}", dev.stdout());
    assert_eq!(dev.json(ROOM)[2], "b");
}

/// Row 186.
#[test]
fn last_close_wakes_a_sleeping_room() {
    let dev = sleeper();
    let mut socket = dev.ws(&format!("{ROOM}?_pk=a"));
    nap();
    assert_eq!(socket.close(4001, "bye").code, 4001);
    dev.stdout_has("constructed,started with ,closed,a,a");
    assert!(!dev.stdout().contains("connected"), "{}", dev.stdout());
    assert_eq!(dev.json(ROOM)[2], "");
}

#[test]
fn handler_of_a_hibernating_room_is_not_put_to_sleep() {
    let dev = restless(
        r#"
export default class {
  options = { hibernate: true };
  async onMessage(message, conn) {
    await new Promise((resolve) => this.go = resolve);
    conn.send("finished " + message);
  }
  onRequest() { this.go(); return new Response("gone on"); }
}"#,
    );
    let mut socket = dev.ws(ROOM);
    socket.send("late");
    nap();
    assert_eq!(dev.get(ROOM).text(), "gone on");
    assert_eq!(socket.text(), "finished late");
}

#[test]
fn timer_of_a_hibernating_handler_is_not_lost() {
    let dev = restless(
        r#"
export default class {
  options = { hibernate: true };
  async onMessage(message, conn) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    conn.send("finished " + message);
  }
}"#,
    );
    assert_eq!(dev.ws(ROOM).ask("late"), "finished late");
}

/// Counts the requests and messages of this instance; its socket does not hibernate.
const COUNTER: &str = r#"
export default class {
  count = 0;
  constructor(readonly room) {}
  async onStart() { this.room.storage.put("starts", ((await this.room.storage.get("starts")) ?? 0) + 1); }
  async tell() { return [++this.count, await this.room.storage.get("starts"), this.room.id]; }
  async onMessage(message, conn) { conn.send(JSON.stringify(await this.tell())); }
  async onRequest() { return Response.json(await this.tell()); }
}"#;

/// Row 185.
#[test]
fn idle_room_is_constructed_again() {
    let dev = restless(COUNTER);
    assert_eq!(dev.json(ROOM), json!([1, 1, "r"]));
    for starts in 2..4 {
        nap();
        assert_eq!(dev.json(ROOM), json!([1, starts, "r"]));
    }
}

/// Row 185.
#[test]
fn room_with_a_socket_stays_awake() {
    let dev = restless(COUNTER);
    let mut socket = dev.ws(ROOM);
    for count in 1..4 {
        socket.send("?");
        assert_eq!(socket.json(), json!([count, 1, "r"]));
        nap();
    }
}

/// Row 185.
#[test]
fn room_ends_after_its_last_socket() {
    let dev = restless(COUNTER);
    let mut socket = dev.ws(ROOM);
    socket.send("?");
    assert_eq!(socket.json(), json!([1, 1, "r"]));
    socket.close(1000, "");
    // The server may hold on to a closed socket for some seconds.
    eventually("the room is constructed again", || {
        nap();
        (dev.json(ROOM) == json!([1, 2, "r"])).then_some(())
    });
}

#[test]
fn request_may_take_longer_than_the_idle_time() {
    let dev = restless(
        r#"
export default class {
  async onRequest(req) {
    if (req.method === "POST") { this.go("gone on"); return new Response("ok"); }
    return new Response(await new Promise((resolve) => this.go = resolve));
  }
}"#,
    );
    thread::scope(|scope| {
        let waiting = scope.spawn(|| dev.get(ROOM).text());
        nap();
        assert_eq!(dev.post(ROOM, "").text(), "ok");
        assert_eq!(waiting.join().expect("it is answered"), "gone on");
    });
}

/// Row 144.
#[test]
fn socket_that_nobody_accepts_keeps_no_room_awake() {
    let dev = restless(
        r#"
export default class {
  count = 0;
  constructor(readonly room) {}
  onClose() { console.log("given up"); }
  async onRequest(req) {
    if (this.room.id === "far") return Response.json(++this.count);
    const far = this.room.context.parties.main.get("far");
    const answer = await far.fetch({ headers: { upgrade: "websocket" } });
    return Response.json(answer.status);
  }
}"#,
    );
    assert_eq!(dev.json("/party/near"), json!(101));
    assert_eq!(dev.json("/party/far"), json!(1));
    dev.stdout_has("given up");
    nap();
    assert_eq!(dev.json("/party/far"), json!(1), "it is constructed again");
}
