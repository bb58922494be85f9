//! A room sees what one program does over several connections, one thing after the other, in that
//! order. Everything is written before anything is waited for, many times over: each test says how
//! often it went wrong.

use std::fmt::Write;

use crate::harness::{Dev, Line};

/// Keeps a log; GET gives it, with `?clear` for the last time.
const LOG: &str = r#"
export default class {
  options = { hibernate: HIBERNATE };
  log = [];
  onConnect(conn) { this.log.push("+" + conn.id); }
  onClose(conn) { this.log.push("-" + conn.id); }
  onMessage(message) { this.log.push(message); }
  onRequest(req) {
    const asked = new URL(req.url).search.slice(1);
    if (req.method === "POST") { this.log.push("POST" + asked); return new Response("ok"); }
    const log = this.log.join();
    if (asked === "clear") this.log = [];
    return new Response(log);
  }
}"#;

const ROOM: &str = "/party/r";
const ROUNDS: usize = 60;

fn awake() -> Dev {
    Dev::inline(&LOG.replace("HIBERNATE", "false"))
}

fn hibernating() -> Dev {
    Dev::inline(&LOG.replace("HIBERNATE", "true"))
}

fn path(id: impl std::fmt::Display) -> String {
    format!("{ROOM}?_pk={id}")
}

/// Rounds that may go wrong where other programs take the processors away between two looks at the kernel.
/// Without any order at least a fifth does.
const TOLERATED: usize = 3;

/// Does `round` many times; it gives what the room logged, which is to be `expected`.
fn always(expected: &str, mut round: impl FnMut() -> String) {
    let mut wrong = 0;
    let mut seen = String::new();
    for _ in 0..ROUNDS {
        let log = round();
        if log != expected {
            wrong += 1;
            let _ = writeln!(seen, "  {log}");
        }
    }
    assert!(
        wrong <= TOLERATED,
        "{wrong} of {ROUNDS} not `{expected}` but\n{seen}"
    );
}

/// The log of the room, which is empty after it.
fn take_log(kept: &mut Line) -> String {
    kept.ask("GET", "/party/r?clear")
}

/// How a client leaves.
#[derive(Clone, Copy, Debug)]
enum Leave {
    Close,
    End,
    Reset,
}

const LEAVES: [Leave; 3] = [Leave::Close, Leave::End, Leave::Reset];

/// Leaves; what is left of the connection must live until the room has seen it.
fn leave(mut line: Line, how: Leave) -> Option<Line> {
    match how {
        Leave::Close => line.close(),
        Leave::End => line.end(),
        Leave::Reset => {
            line.reset();
            return None;
        }
    }
    Some(line)
}

/// What the room has logged when all of `lines` have their answers. They end with that.
fn log_after(kept: &mut Line, mut lines: Vec<Line>) -> String {
    for line in &mut lines {
        line.answer();
    }
    let log = kept.ask("GET", ROOM);
    lines.into_iter().for_each(Line::reset);
    log
}

fn numbers(count: usize) -> String {
    let ids: Vec<_> = (0..count).map(|id| format!("+{id}")).collect();
    ids.join(",")
}

#[test]
fn sockets_opened_back_to_back_connect_in_order() {
    for dev in [awake(), hibernating()] {
        let mut kept = Line::to(&dev);
        always(&numbers(20), || {
            take_log(&mut kept);
            let lines = (0..20).map(|id| Line::ws(&dev, &path(id))).collect();
            log_after(&mut kept, lines)
        });
    }
}

/// Handshakes are written on connections that are known, and not in the order in which those were opened.
#[test]
fn handshakes_count_and_not_connections() {
    let dev = awake();
    let mut kept = Line::to(&dev);
    always(&numbers(20), || {
        take_log(&mut kept);
        let mut lines: Vec<_> = (0..20).map(|_| Line::to(&dev)).collect();
        for line in &mut lines {
            line.ask("GET", ROOM);
        }
        // The server is done with all of them when this one is answered.
        kept.ask("GET", ROOM);
        for (id, line) in lines.iter_mut().rev().enumerate() {
            line.upgrade(&path(id));
        }
        log_after(&mut kept, lines)
    });
}

#[test]
fn rooms_in_turns_each_have_their_order() {
    let dev = awake();
    let rooms: Vec<_> = (0..5).map(|room| format!("/party/room-{room}")).collect();
    let mut kept = Line::to(&dev);
    let expected = vec![numbers(8); 5].join(" ");
    always(&expected, || {
        for room in &rooms {
            kept.ask("GET", &format!("{room}?clear"));
        }
        let mut lines = Vec::new();
        for id in 0..8 {
            for room in &rooms {
                lines.push(Line::ws(&dev, &format!("{room}?_pk={id}")));
            }
        }
        for line in &mut lines {
            line.answer();
        }
        let logs: Vec<_> = rooms.iter().map(|room| kept.ask("GET", room)).collect();
        lines.into_iter().for_each(Line::reset);
        logs.join(" ")
    });
}

#[test]
fn client_that_left_is_gone_when_the_next_request_is_heard() {
    for dev in [awake(), hibernating()] {
        for how in LEAVES {
            let mut kept = Line::to(&dev);
            always("-a", || {
                let line = Line::open_ws(&dev, &path("a"));
                take_log(&mut kept);
                let _line = leave(line, how);
                take_log(&mut kept)
            });
        }
    }
}

/// The old connection's end deletes what belongs to its id, before the new one puts it there.
#[test]
fn client_that_left_is_gone_before_it_is_back() {
    for dev in [awake(), hibernating()] {
        for how in LEAVES {
            let mut kept = Line::to(&dev);
            always("-a,+a", || {
                let line = Line::open_ws(&dev, &path("a"));
                take_log(&mut kept);
                let _line = leave(line, how);
                let back = Line::ws(&dev, &path("a"));
                log_after(&mut kept, vec![back])
            });
        }
    }
}

#[test]
fn many_that_left_are_gone_before_one_comes() {
    let dev = awake();
    let mut kept = Line::to(&dev);
    let gone: Vec<_> = (0..20).map(|id| format!("-{id}")).collect();
    always(&format!("{},+new", gone.join(",")), || {
        let lines: Vec<_> = (0..20).map(|id| Line::open_ws(&dev, &path(id))).collect();
        take_log(&mut kept);
        lines.into_iter().for_each(Line::reset);
        let new = Line::ws(&dev, &path("new"));
        log_after(&mut kept, vec![new])
    });
}

#[test]
fn message_is_heard_before_a_later_request() {
    for dev in [awake(), hibernating()] {
        let mut kept = Line::to(&dev);
        let mut line = Line::open_ws(&dev, &path("a"));
        take_log(&mut kept);
        always("1,2,POST", || {
            line.text("1");
            line.text("2");
            kept.send("POST", ROOM);
            kept.answer();
            take_log(&mut kept)
        });
    }
}

/// More than are queued for a room at once.
#[test]
fn many_messages_are_heard_before_a_later_request() {
    let dev = awake();
    let mut kept = Line::to(&dev);
    let mut line = Line::open_ws(&dev, &path("a"));
    take_log(&mut kept);
    let texts: Vec<_> = (0..2_000).map(|i| i.to_string()).collect();
    always(&texts.join(","), || {
        // In one piece: TCP sends many small ones as the other side takes them.
        line.texts(&texts);
        take_log(&mut kept)
    });
}

/// What was sent right after the 101, while the connection is on its way to the room's thread.
#[test]
fn first_message_is_heard_before_a_later_request() {
    let dev = awake();
    let mut kept = Line::to(&dev);
    always("+a,first,POST", || {
        take_log(&mut kept);
        let mut line = Line::open_ws(&dev, &path("a"));
        line.text("first");
        kept.ask("POST", ROOM);
        let log = kept.ask("GET", ROOM);
        line.reset();
        log
    });
}

/// On connections that are known: one that is opened in between is heard of when it is accepted.
#[test]
fn requests_of_several_connections_are_heard_in_order() {
    let dev = awake();
    let mut kept = Line::to(&dev);
    let mut others: Vec<_> = (0..6).map(|_| Line::to(&dev)).collect();
    always("POST0,+a,POST1,POST2,POST3,POST4,+b,POST5", || {
        take_log(&mut kept);
        let [mut a, mut b] = [Line::to(&dev), Line::to(&dev)];
        for line in others.iter_mut().chain([&mut a, &mut b]) {
            line.ask("GET", ROOM);
        }
        // The server is done with all of them when this one is answered.
        kept.ask("GET", ROOM);
        others[0].send("POST", "/party/r?0");
        a.upgrade(&path("a"));
        for (number, other) in others[1..5].iter_mut().enumerate() {
            other.send("POST", &format!("{ROOM}?{}", number + 1));
        }
        b.upgrade(&path("b"));
        others[5].send("POST", "/party/r?5");
        for line in others.iter_mut().chain([&mut a, &mut b]) {
            line.answer();
        }
        let log = kept.ask("GET", ROOM);
        a.reset();
        b.reset();
        log
    });
}
