//! Requests that follow each other closely on one connection, to one room: they are read on the room's own
//! thread, of which no client sees anything.

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant};

use crate::harness::{Dev, Line, eventually};

const COUNTS: &str = r#"
const after = (time) => new Promise((resolve) => setTimeout(resolve, time));
export default class {
  constructor(room) { this.room = room; }
  hits = 0;
  onConnect(conn) { conn.send("welcome"); }
  onMessage(message, conn) { conn.send(`heard ${message}`); }
  async onRequest(req) {
    const { search } = new URL(req.url);
    if (search.startsWith("?compute")) {
      const end = Date.now() + Number(search.slice(9));
      while (Date.now() < end);
      return new Response("computed");
    }
    if (search === "?never") await new Promise(() => {});
    if (search === "?break") this.room.blockConcurrencyWhile(() => { throw new Error("on purpose"); });
    if (search === "?stream") {
      let left = 4;
      return new Response(new ReadableStream({
        async pull(controller) {
          await after(150);
          controller.enqueue(new TextEncoder().encode(`tick ${left}\n`));
          if (--left === 0) controller.close();
        },
      }));
    }
    if (req.method === "POST") return new Response(`${(await req.text()).length}`);
    return new Response(`${this.room.id} ${++this.hits}`);
  }
}"#;

const ROOM: &str = "/party/a";
/// Many enough, however often another program takes the processor away in between.
const MOST: usize = 2_000;

/// The descriptors of the program's pollers that tell of a connection between these two ports.
fn pollers(dev: &Dev, own: u16, other: u16) -> HashSet<String> {
    let process = format!("/proc/{}", dev.process());
    let table = fs::read_to_string(format!("{process}/net/tcp")).expect("the system shows it");
    let ports = |address: &str| address.rsplit_once(':').map(|(_, port)| port.to_owned());
    let inode = table.lines().find_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let is_it = ports(words.get(1)?)? == format!("{own:04X}")
            && ports(words.get(2)?)? == format!("{other:04X}");
        is_it.then(|| words[9].parse::<u64>().expect("a number"))
    });
    let inode = inode.expect("the connection is open");
    let mark = format!("ino:{inode:x} ");
    let infos = fs::read_dir(format!("{process}/fdinfo")).expect("the process lives");
    let told = infos.filter_map(|entry| {
        let entry = entry.ok()?;
        let text = fs::read_to_string(entry.path()).ok()?;
        let is_told = text
            .lines()
            .any(|line| line.starts_with("tfd:") && line.contains(&mark));
        is_told.then(|| entry.file_name().to_string_lossy().into_owned())
    });
    told.collect()
}

/// Whether the thread that accepts connections reads this one.
fn is_home(dev: &Dev, line: &Line) -> bool {
    let io = pollers(dev, dev.port(), 0);
    !io.is_disjoint(&pollers(dev, dev.port(), line.port()))
}

/// Asks until the connection is read on the room's thread.
fn goes_away(dev: &Dev, line: &mut Line) {
    for asked in 0..MOST {
        line.ask("GET", ROOM);
        if asked % 20 == 19 && !is_home(dev, line) {
            return;
        }
    }
    panic!("It has stayed where it was");
}

/// A connection that is read on the thread of `/party/a`.
fn away(dev: &Dev) -> Line {
    let mut line = Line::to(dev);
    goes_away(dev, &mut line);
    line
}

fn hits(answer: &str) -> usize {
    let (_, hits) = answer.split_once(' ').expect("a room and a number");
    hits.parse().expect("a number")
}

#[test]
fn a_quiet_connection_comes_home() {
    let dev = Dev::inline(COUNTS);
    let mut line = away(&dev);
    eventually("it is home", || is_home(&dev, &line).then_some(()));
    assert!(line.ask("GET", ROOM).starts_with("a "));
    goes_away(&dev, &mut line);
}

#[test]
fn requests_to_two_rooms_in_turns_are_all_answered_in_order() {
    let dev = Dev::inline(COUNTS);
    let mut line = away(&dev);
    let before = hits(&line.ask("GET", ROOM));
    for turn in 1..=100 {
        assert_eq!(line.ask("GET", ROOM), format!("a {}", before + turn));
        assert_eq!(line.ask("GET", "/party/b"), format!("b {turn}"));
        if turn % 20 == 0 {
            goes_away_again(&dev, &mut line, turn);
        }
    }
}

/// To the other room, whose count is put right.
fn goes_away_again(dev: &Dev, line: &mut Line, turn: usize) {
    let count = (0..40).map(|_| hits(&line.ask("GET", "/party/c"))).last();
    assert_eq!(count, Some(turn / 20 * 40));
    assert_eq!(
        dev.get("/party/nobody-else").text(),
        format!("nobody-else {}", turn / 20)
    );
}

#[test]
fn a_room_that_computes_holds_up_no_request_to_another() {
    let dev = Dev::inline(COUNTS);
    let (mut line, mut idle) = (away(&dev), away(&dev));
    let mut neighbour = Line::to(&dev);
    (0..100).for_each(|_| drop(neighbour.ask("GET", "/party/b")));
    goes_away(&dev, &mut line);
    goes_away(&dev, &mut idle);
    let mut computing = Line::to(&dev);
    computing.send("GET", &format!("{ROOM}?compute=3000"));
    let begun = Instant::now();
    // It is read when the room is at it, or after it has been found to be.
    line.send("GET", ROOM);
    assert!(neighbour.ask("GET", "/party/b").starts_with("b "));
    assert!(idle.ask("GET", "/party/b").starts_with("b "));
    assert!(idle.ask("GET", "/").contains("Not found"));
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(computing.answer(), "computed");
    assert!(line.answer().starts_with("a "));
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let dev = Dev::inline(COUNTS);
    let mut line = away(&dev);
    let before = hits(&line.ask("GET", ROOM));
    let paths = [
        ROOM,
        ROOM,
        "/party/b",
        ROOM,
        "/nothing",
        "/parties/unknown/x",
    ];
    let asked: String = paths
        .iter()
        .cycle()
        .take(paths.len() * 20)
        .map(|path| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        .collect();
    line.write(asked.as_bytes());
    for turn in 0..20 {
        let (a, b) = (before + turn * 3, turn + 1);
        let expected = [
            format!("a {}", a + 1),
            format!("a {}", a + 2),
            format!("b {b}"),
            format!("a {}", a + 3),
            "Not found".to_owned(),
            "Party unknown not found".to_owned(),
        ];
        for text in expected {
            assert_eq!(line.answer(), text);
        }
    }
}

#[test]
fn streams_go_on_wherever_the_connection_is() {
    let dev = Dev::inline(COUNTS);
    let mut line = away(&dev);
    line.write(
        format!("GET {ROOM}?stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    let answer = String::from_utf8(line.rest()).expect("it is text");
    for left in 1..=4 {
        assert!(answer.contains(&format!("tick {left}\n")), "{answer}");
    }
    assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
    let mut line = away(&dev);
    line.write(
        format!("POST {ROOM} HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n").as_bytes(),
    );
    line.write(&[b'x'; 100_000]);
    // It comes home in the middle of the body.
    eventually("it is home", || is_home(&dev, &line).then_some(()));
    line.write(&[b'x'; 200_000]);
    assert_eq!(line.answer(), "300000");
}

#[test]
fn a_body_is_asked_for_that_is_expected() {
    let dev = Dev::inline(COUNTS);
    let mut line = away(&dev);
    line.write(
        format!(
            "POST {ROOM} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        )
        .as_bytes(),
    );
    // The head of the interim answer.
    assert_eq!(line.answer(), "");
    line.write(b"body");
    assert_eq!(line.answer(), "4");
}

#[test]
fn a_client_that_leaves_leaves_nothing_behind() {
    let dev = Dev::inline(COUNTS);
    dev.get(ROOM);
    let before = dev.open_files();
    for how in 0..4 {
        let mut line = away(&dev);
        match how {
            0 => line.end(),
            1 => drop(line),
            2 => line.reset(),
            _ => {
                // One that ended its side only would be waited for.
                line.send("GET", &format!("{ROOM}?never"));
                line.reset();
            }
        }
    }
    eventually("all have been closed", || {
        (dev.open_files() <= before).then_some(())
    });
    assert!(dev.get(ROOM).text().starts_with("a "));
}

#[test]
fn connections_outlive_a_save_and_their_room() {
    let dev = Dev::inline(COUNTS);
    let mut line = away(&dev);
    dev.edit(
        "server.ts",
        &COUNTS.replace("${this.room.id} ", "new ${this.room.id} "),
    );
    eventually("the new code runs", || {
        line.ask("GET", ROOM).starts_with("new a ").then_some(())
    });
    goes_away(&dev, &mut line);
    assert_eq!(line.ask("GET", &format!("{ROOM}?compute=1")), "computed");
}

#[test]
fn connections_outlive_a_room_that_is_reset() {
    let dev = Dev::inline(COUNTS);
    let (mut line, mut idle) = (away(&dev), away(&dev));
    goes_away(&dev, &mut line);
    assert_eq!(line.ask("GET", &format!("{ROOM}?break")), "on purpose");
    assert_eq!(line.ask("GET", ROOM), "a 1");
    assert_eq!(idle.ask("GET", ROOM), "a 2");
    dev.stderr_has("The room was reset");
}

#[test]
fn a_connection_may_end_or_become_a_socket() {
    let dev = Dev::inline(COUNTS);
    for last in ["HTTP/1.1\r\nConnection: close", "HTTP/1.0"] {
        let mut line = away(&dev);
        line.write(format!("GET {ROOM} {last}\r\nHost: x\r\n\r\n").as_bytes());
        assert!(line.answer().starts_with("a "));
        assert!(line.rest().is_empty());
    }
    let mut line = away(&dev);
    line.upgrade(ROOM);
    line.answer();
    line.text("hello");
    line.close();
    let frames = String::from_utf8_lossy(&line.rest()).into_owned();
    assert!(
        frames.contains("welcome") && frames.contains("heard hello"),
        "{frames}"
    );
}

#[test]
fn limits_and_the_log_are_those_of_all_connections() {
    let dev = Dev::inline(COUNTS);
    let mut line = away(&dev);
    line.ask("GET", &format!("{ROOM}?logged"));
    dev.stdout_has("GET /party/a 200 OK");
    let mut head = format!("GET {ROOM} HTTP/1.1\r\nHost: x\r\n");
    head.extend((0..1_001).map(|number| format!("x-{number}: 1\r\n")));
    goes_away(&dev, &mut line);
    line.write(format!("{head}\r\n").as_bytes());
    let answer = String::from_utf8_lossy(&line.rest()).into_owned();
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(
        answer.ends_with("more than 1,000 lines or 400 KiB."),
        "{answer}"
    );
}
