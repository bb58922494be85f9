//! Rooms in which V8 gives up, for which it would end the process: the room is lost, and another takes its
//! place; the process and its other rooms go on.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{Dev, Project, eventually};

/// The longest that the room may take to be of use again.
const RETURN: Duration = Duration::from_secs(5);

/// One at a time: what is lost keeps its memory, hundreds of megabytes.
static TURN: Mutex<()> = Mutex::new(());

const SERVER: &str = r#"
const MIB = 1 << 20;
const faults = {
  // Each wants an array that is longer than V8's longest.
  match: () => "a".repeat(256 * MIB).match(/a/g),
  split: () => "a".repeat(256 * MIB).split(""),
  flat: () => new Array(16).fill(new Array(16 * MIB).fill(0)).flat(),
};
const act = (request: Request) => faults[new URL(request.url).searchParams.get("do")]?.();

export default class {
  static onFetch(request: Request) { act(request); return new Response("fetched"); }
  onMessage(message: string, connection) { connection.send(message); }
  onRequest(request: Request) { act(request); return new Response("ok"); }
}"#;

fn project() -> Project {
    Project::inline(SERVER)
}

fn is_back(dev: &Dev, path: &str, text: &str) {
    let start = Instant::now();
    eventually("it serves again", || {
        (dev.get(path).text() == text).then_some(())
    });
    assert!(start.elapsed() < RETURN, "{:?}", start.elapsed());
}

/// The request that did it is answered, the room is there again, and no other room notices.
#[test]
fn a_room_that_v8_gives_up_is_replaced_alone() {
    let _turn = TURN.lock();
    let mut dev = project().dev();
    let mut neighbour = dev.ws("/parties/main/neighbour");
    for fault in ["match", "split", "flat"] {
        let room = format!("/parties/main/{fault}");
        let answer = dev.get(&format!("{room}?do={fault}"));
        assert!(dev.is_alive(), "{fault}: {}", dev.stderr());
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (500, "The room was reset")
        );
        assert_eq!(neighbour.ask("echo"), "echo", "{fault}");
        is_back(&dev, &room, "ok");
        dev.stderr_has(&format!("The room `main/{fault}` is lost"));
    }
    assert_eq!(dev.ws("/parties/main/match").ask("again"), "again");
}

/// A save after a loss reaches the room that took the place.
#[test]
fn a_save_and_the_end_wait_for_no_lost_room() {
    let _turn = TURN.lock();
    let mut dev = project().dev();
    assert_eq!(dev.get("/parties/main/a?do=split").status, 500);
    let new = SERVER.replace(r#"Response("ok")"#, r#"Response("new")"#);
    dev.edit("server.ts", &new);
    dev.answers("/parties/main/a", "new");
    let (_, took) = dev.interrupt(Signal::TERM);
    assert!(took < RETURN, "{took:?}");
}

/// The worker runs what all rooms and pages share.
#[test]
fn a_worker_that_v8_gives_up_is_replaced() {
    let _turn = TURN.lock();
    let mut dev = project().dev();
    let answer = dev.get("/page?do=split");
    assert!(dev.is_alive(), "{}", dev.stderr());
    assert_eq!(answer.status, 500);
    is_back(&dev, "/page", "fetched");
    dev.stderr_has("The worker is lost");
}
