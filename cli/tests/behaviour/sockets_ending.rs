//! What is left of a WebSocket when one side is over: nothing for longer than it is of use.

use std::time::{Duration, Instant};

use crate::harness::opcode::TEXT;
use crate::harness::{Closed, Dev, Line, Project, ROOM, eventually, masked};

/// Echoes, after a word in `onClose`; GET tells how many are connected.
const ECHO: &str = r#"
export default class {
  options = { hibernate: HIBERNATE };
  constructor(readonly room) {}
  onMessage(message, conn) { conn.send(message); }
  onClose(conn) { console.log("onClose " + conn.id); }
  onError(conn, error) { console.log("onError " + conn.id); }
  onRequest() { return new Response(String([...this.room.getConnections()].length)); }
}"#;

fn echo(hibernate: bool) -> Project {
    Project::inline(&ECHO.replace("HIBERNATE", &hibernate.to_string()))
}

/// The frame that a server sends for a short text.
fn said(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("it is short");
    [&[TEXT, length], text.as_bytes()].concat()
}

/// Row 99. Programs that end their sending side wait for the server to end the other.
#[test]
fn connection_that_its_client_ended_is_ended_at_once() {
    for hibernate in [false, true] {
        let dev = echo(hibernate).dev();
        let mut line = Line::open_ws(&dev, ROOM);
        let start = Instant::now();
        line.end();
        assert_eq!(line.rest(), b"");
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn answers_to_what_was_said_before_the_end_get_out() {
    for hibernate in [false, true] {
        let dev = echo(hibernate).dev();
        let mut line = Line::open_ws(&dev, ROOM);
        line.text("one");
        line.text("two");
        line.end();
        assert_eq!(line.rest(), [said("one"), said("two")].concat());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn connection_that_is_lost_costs_no_descriptor() {
    for hibernate in [false, true] {
        let dev = echo(hibernate).dev();
        dev.get(ROOM);
        let before = eventually("the descriptors settle", || {
            let count = dev.descriptors();
            std::thread::sleep(Duration::from_millis(50));
            (dev.descriptors() == count).then_some(count)
        });
        let lines: Vec<_> = (0..20).map(|_| Line::open_ws(&dev, ROOM)).collect();
        assert!(dev.descriptors() >= before + 20);
        let start = Instant::now();
        lines.into_iter().for_each(Line::reset);
        eventually("the descriptors are closed", || {
            (dev.descriptors() <= before).then_some(())
        });
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

/// A thread is gone when its name is: rooms are evicted so long after their last connection.
#[cfg(target_os = "linux")]
#[test]
fn room_is_evicted_soon_after_its_last_client() {
    for hibernate in [false, true] {
        let dev = echo(hibernate).env("PARTYRUN_IDLE_MS", "100").dev();
        let start = Instant::now();
        let room = Line::open_ws(&dev, ROOM);
        let alive = eventually("spares are made again", || {
            let threads = dev.threads("room");
            (threads == 3).then_some(threads)
        });
        room.reset();
        eventually("the room ends", || {
            (dev.threads("room") < alive).then_some(())
        });
        assert!(
            start.elapsed() < Duration::from_secs(8),
            "{:?}",
            start.elapsed()
        );
    }
}

#[test]
fn what_was_said_before_a_fault_is_answered() {
    let too_long = [0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0];
    for hibernate in [false, true] {
        for (fault, code) in [
            (&masked(0x83, b"no such opcode")[..], 1002),
            (&masked(TEXT, b"\xff")[..], 1007),
            (&too_long[..], 1009),
        ] {
            let dev = echo(hibernate).dev();
            let mut socket = dev.raw_ws(&format!("{ROOM}?_pk=me"));
            let segment = [&masked(TEXT, b"one")[..], &masked(TEXT, b"two"), fault].concat();
            socket.write(&segment);
            assert_eq!(socket.text(), "one");
            assert_eq!(socket.text(), "two");
            let Closed { code: seen, .. } = socket.closed();
            assert_eq!(seen, code, "hibernate: {hibernate}");
            dev.stdout_has("onError me");
            assert!(!dev.stdout().contains("onClose me"), "{}", dev.stdout());
        }
    }
}

/// The kernel asks whether a silent client is still there, also one that only speaks HTTP.
#[cfg(target_os = "linux")]
#[test]
fn client_that_vanishes_is_noticed_by_the_kernel() {
    let dev = echo(false).dev();
    let mut kept = Line::to(&dev);
    kept.ask("GET", ROOM);
    let socket = Line::open_ws(&dev, ROOM);
    for line in [&kept, &socket] {
        eventually("the server's end has a keepalive timer", || {
            is_kept_alive(dev.port(), line.port()).then_some(())
        });
    }
}

/// Whether the timer of the server's end is that of keepalive: `2` in `tr` (proc_pid_net(5)).
fn is_kept_alive(server: u16, client: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux has it");
    table.lines().any(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let ends = |field: usize, port: u16| fields[field].ends_with(&format!(":{port:04X}"));
        fields.len() > 5 && ends(1, server) && ends(2, client) && fields[5].starts_with("02:")
    })
}

const WATCHER: &str = r#"
export default class {
  async onRequest(req) {
    const socket = new WebSocket(await req.text());
    const log = [];
    const over = new Promise((resolve) => {
      for (const name of ["open", "message", "error", "close"]) {
        socket.addEventListener(name, (event) => {
          const { code, wasClean, data } = event;
          log.push([name, data ?? code, wasClean, socket.readyState].filter((v) => v !== undefined).join(" "));
          if (name === "close") resolve();
        });
      }
    });
    await over;
    return new Response(log.join(", "));
  }
}"#;

/// Row 99. Code that connects again does so in `close` (WHATWG WebSockets, section 3.4).
#[test]
fn close_follows_the_error_of_an_outgoing_connection() {
    let dev = Dev::inline(WATCHER);
    for (frames, expected) in [
        (&b"\x83\x01x"[..], "open 1, error 3, close 1006 false 3"),
        (&b"\xc1\x01x"[..], "open 1, error 3, close 1006 false 3"),
        (&b"\x81\x01\xff"[..], "open 1, error 3, close 1006 false 3"),
        (
            &b"\x81\x02hi\x83\x01x"[..],
            "open 1, message hi 1, error 3, close 1006 false 3",
        ),
    ] {
        let server = serve_frames(frames);
        assert_eq!(dev.post(ROOM, &server).text(), expected, "{frames:02x?}");
    }
    let nobody = "ws://127.0.0.1:1/";
    let expected = "error 3, close 1006 false 3";
    assert_eq!(dev.post(ROOM, nobody).text(), expected);
}

/// A WebSocket server for one client, which gets `frames` once it is connected. Gives its URL.
fn serve_frames(frames: &'static [u8]) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("somebody connects");
        let mut socket = tungstenite::accept(stream).expect("a handshake");
        let stream = socket.get_mut();
        std::io::Write::write_all(stream, frames).expect("the client reads");
        let _ = std::io::Read::read_to_end(stream, &mut Vec::new());
    });
    format!("ws://{address}/")
}

/// A room that does not take what another one sends it: the socket between them is cut, as a client's
/// would be, and nothing is lost in silence.
#[test]
fn room_that_does_not_read_is_cut_off() {
    let sink = r#"
export default class {
  onMessage() { for (const end = Date.now() + 1500; Date.now() < end;) {} }
}"#;
    let main = r#"
export default class {
  constructor(readonly room) {}
  async onRequest() {
    const socket = await this.room.context.parties.sink.get("s").socket();
    const over = new Promise((resolve) => socket.addEventListener("close", (event) => resolve(event.code)));
    // More than the other room takes in before it has handled the first.
    for (let i = 0; i < 600; i++) socket.send("x");
    const text = "x".repeat(1_000_000);
    for (let i = 0; i < 100; i++) socket.send(text);
    return new Response(String(await over));
  }
}"#;
    let dev = Project::inline(main).party("sink", sink).dev();
    assert_eq!(dev.get(ROOM).text(), "1006");
    dev.prints("A WebSocket of the room `main/r` was closed: the other end is not reading");
}
