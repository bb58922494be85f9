//! How many rooms there are at once: as many as memory and descriptors bear, the idle ones for a while.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Dev, Line, Project, eventually};

/// Small enough that a test reaches its end, in MiB.
const MACHINE_MB: u64 = 640;

const ROOMS: &str = r#"
export default class {
  options = { hibernate: true };
  constructor(readonly room) {}
  onMessage(message, connection) { connection.send("echo " + message); }
  async onRequest(request) {
    const left = Number(new URL(request.url).searchParams.get("chain") ?? 0);
    if (left === 0) return new Response("ok");
    const next = this.room.context.parties.main.get(`${this.room.id}-${left}`);
    const answer = await next.fetch(`/?chain=${left - 1}`);
    return new Response(answer.body, answer);
  }
}"#;

fn small_machine() -> Project {
    Project::inline(ROOMS).env("PARTYRUN_MEMORY_MB", &MACHINE_MB.to_string())
}

/// Asks rooms of new names over six connections at a time; the statuses.
fn ask_new_rooms(dev: &Dev, count: usize) -> Vec<u16> {
    let next = AtomicUsize::new(0);
    let ask = || {
        let mut statuses = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return statuses;
            }
            statuses.push(dev.get(&format!("/parties/main/new-{number}")).status);
        }
    };
    thread::scope(|scope| {
        let askers: Vec<_> = (0..6).map(|_| scope.spawn(ask)).collect();
        let asked = askers
            .into_iter()
            .map(|asker| asker.join().expect("each is answered"));
        asked.flatten().collect()
    })
}

#[test]
fn idle_rooms_make_way_for_new_ones() {
    let mut dev = small_machine().dev();
    let mut sockets: Vec<_> = (0..5)
        .map(|number| dev.ws(&format!("/parties/main/sleeper-{number}")))
        .collect();
    let statuses = ask_new_rooms(&dev, 600);
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let rooms = dev.threads("room");
    assert!(rooms < 200, "{rooms} rooms are alive");
    let peak = dev.peak_memory() >> 20;
    assert!(peak < MACHINE_MB, "{peak} MiB");
    for socket in &mut sockets {
        assert_eq!(socket.ask("a"), "echo a", "its socket outlives its isolate");
    }
    assert!(dev.is_alive());
}

#[test]
fn rooms_that_wait_for_rooms_end_where_memory_does() {
    let dev = small_machine().dev();
    let answer = dev.get("/parties/main/first?chain=1000");
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(
        answer.text().contains("memory is short"),
        "{}",
        answer.text()
    );
    let peak = dev.peak_memory() >> 20;
    assert!(peak < MACHINE_MB, "{peak} MiB");
    eventually("rooms can be made again", || {
        (dev.get("/parties/main/later").status == 200).then_some(())
    });
}

/// Rooms whose handlers have not ended cannot go.
const BUSY: &str = r#"
export default class {
  async onRequest(request) {
    if (request.url.endsWith("?wait")) await new Promise(() => {});
    return new Response("ok");
  }
}"#;

/// Requests to `count` new rooms that nobody answers, for as long as this is kept.
fn keep_busy(dev: &Dev, name: &str, count: usize) -> Vec<Line> {
    let ask = |number| {
        let mut line = Line::to(dev);
        line.send("GET", &format!("/parties/main/{name}-{number}?wait"));
        line
    };
    (0..count).map(ask).collect()
}

#[test]
fn refusals_are_told_of_now_and_then() {
    // The limit of descriptors bounds the rooms too, and is reached sooner.
    let dev = Project::inline(BUSY).files(800).dev();
    let waiting = keep_busy(&dev, "busy", 150);
    let refused = eventually("there is no place", || {
        let answer = dev.get("/parties/main/one-more");
        (answer.status == 503).then_some(answer)
    });
    assert_eq!(refused.header("retry-after"), Some("1"));
    for number in 0..50 {
        dev.get(&format!("/parties/main/more-{number}"));
    }
    let told = dev.stderr().matches("Cannot start room").count();
    assert!(told <= 2, "told {told} times: {}", dev.stderr());
    drop(waiting);
}

#[test]
fn the_limit_of_rooms_is_told_before_it_is_reached_with_what_sets_it() {
    const ORIGIN: &str =
        "It comes from `ulimit -n`, the limit of open files, which is 800; for more: ";
    let dev = Project::inline(BUSY).files(800).dev();
    let few = keep_busy(&dev, "few", 110);
    dev.answers("/parties/main/few-0", "ok");
    assert!(!dev.stderr().contains("in use at once"), "{}", dev.stderr());
    let one = keep_busy(&dev, "one", 1);
    dev.stderr_has("111 rooms are in use at once, and requests that need more rooms");
    dev.stderr_has(&format!("Rooms alive at once: at most 150. {ORIGIN}"));
    assert!(!dev.stderr().contains("Cannot start"), "{}", dev.stderr());
    let rest = keep_busy(&dev, "rest", 39);
    let refused = eventually("there is no place", || {
        let answer = dev.get("/parties/main/one-more");
        (answer.status == 503).then_some(answer)
    });
    let text = "the limit of 150 live rooms is reached";
    assert_eq!(refused.text(), format!("Cannot start the room: {text}"));
    dev.stderr_has(&format!("{text}. {ORIGIN}"));
    let told = dev.stderr().matches("in use at once").count();
    assert_eq!(told, 1, "{}", dev.stderr());
    drop((few, one, rest));
}

#[test]
fn a_limit_that_leaves_few_rooms_is_told_at_the_start() {
    let dev = Project::inline(ROOMS).files(256).dev();
    dev.stderr_has("Rooms alive at once: at most 48. It comes from `ulimit -n`");
}

#[test]
fn lack_of_descriptors_is_told_once_and_passes() {
    let dev = Project::inline(ROOMS)
        .config("name", json!("few"))
        .files(256)
        .dev();
    assert_eq!(dev.get("/parties/main/a").text(), "ok");
    let idle: Vec<_> = (0..300).map_while(|_| dev.try_connect()).collect();
    dev.prints("Connections cannot be accepted");
    thread::sleep(Duration::from_secs(2));
    let told = dev.stderr().matches("cannot be accepted").count();
    assert_eq!(told, 1, "{}", dev.stderr());
    drop(idle);
    let start = Instant::now();
    dev.answers("/parties/main/b", "ok");
    assert!(start.elapsed() < Duration::from_secs(5));
}
