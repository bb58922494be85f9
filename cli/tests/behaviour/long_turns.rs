//! Code that computes on and on: what is told of it, and how a save ends it.

use std::thread;
use std::time::Duration;

use crate::harness::{Dev, Project, ROOM};

/// A program whose answers are `text`, and which computes for long when asked to.
fn version(text: &str) -> String {
    format!(
        r#"type Asked = {{ url: string }};

function spin(): never {{
  let i = 0;
  for (;;) i += Math.sqrt(i);
}}

function busy(milliseconds: number) {{
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}}

export default class {{
  static onFetch(req: Asked) {{
    if (req.url.endsWith("?loop")) spin();
    return new Response("{text}");
  }}
  options = {{ hibernate: true }};
  onMessage(message: string, conn) {{ conn.send("{text}"); }}
  onRequest(req: Asked) {{
    if (req.url.endsWith("?loop")) console.log("looping"), spin();
    if (req.url.endsWith("?busy")) busy(3000);
    if (req.url.endsWith("?pattern")) /^(a+)+$/.test("a".repeat(60) + "b");
    return new Response("{text}");
  }}
}}"#
    )
}

/// How often `needle` is on standard error.
fn told(dev: &Dev, needle: &str) -> usize {
    dev.stderr().matches(needle).count()
}

/// Row 237.
#[test]
fn save_ends_a_loop() {
    let dev = Dev::inline(&version("one"));
    let mut other = dev.ws("/parties/main/other");
    assert_eq!(other.ask("?"), "one");
    thread::scope(|scope| {
        let looping = scope.spawn(|| dev.get(&format!("{ROOM}?loop")));
        dev.stderr_has("The room `main/r` has been computing for 2 s, at server.ts:5:");
        dev.edit("server.ts", &version("two"));
        dev.answers(ROOM, "two");
        let answer = looping.join().expect("it is answered");
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (500, "The room was reset")
        );
    });
    dev.stderr_has("The room was reset (room `main/r`):\nit kept running old code\n");
    dev.stderr_has("\n    at spin (server.ts:5:");
    dev.stderr_has("\n    at onRequest (server.ts:21:");
    assert_eq!(other.ask("?"), "two");
    assert_eq!(told(&dev, "was reset"), 1, "{}", dev.stderr());
}

/// Row 237.
#[test]
fn save_ends_a_loop_of_a_static_handler() {
    let dev = Dev::inline(&version("one"));
    thread::scope(|scope| {
        let looping = scope.spawn(|| dev.get("/?loop"));
        dev.stderr_has("The worker has been computing for 2 s, at server.ts:5:");
        dev.edit("server.ts", &version("two"));
        let answer = looping.join().expect("it is answered");
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (500, "The worker was reset")
        );
        dev.answers("/", "two");
    });
    dev.stderr_has("The worker was reset:\nit kept running old code\n    at spin (");
}

/// Row 237.
#[test]
fn requests_that_wait_for_a_loop_reach_the_new_code() {
    let dev = Dev::inline(&version("one"));
    thread::scope(|scope| {
        let looping = scope.spawn(|| dev.get(&format!("{ROOM}?loop")).status);
        dev.stdout_has("looping");
        let waiting = scope.spawn(|| dev.get(ROOM));
        // Nothing tells that it is in the queue.
        thread::sleep(Duration::from_millis(500));
        dev.edit("server.ts", &version("two"));
        let answer = waiting.join().expect("it is answered");
        assert_eq!((answer.status, answer.text().as_str()), (200, "two"));
        assert_eq!(looping.join().expect("it is answered"), 500);
    });
}

#[test]
fn long_computation_is_told_of_once_and_left_alone() {
    let dev = Dev::inline(&version("one"));
    let answer = dev.get(&format!("{ROOM}?busy"));
    assert_eq!((answer.status, answer.text().as_str()), (200, "one"));
    dev.stderr_has("The room `main/r` has been computing for 2 s, at server.ts:10:");
    assert_eq!(told(&dev, "has been computing"), 1, "{}", dev.stderr());
    assert_eq!(told(&dev, "was reset"), 0, "{}", dev.stderr());
}

#[test]
fn reset_for_computing_too_long_says_where() {
    let dev = Project::inline(&version("one"))
        .env("PARTYRUN_TURN_MS", "2000")
        .dev();
    for (asked, place) in [
        ("loop", "at spin (server.ts:5:"),
        ("pattern", "at onRequest (server.ts:23:"),
    ] {
        assert_eq!(
            dev.get(&format!("/parties/main/{asked}?{asked}")).status,
            500
        );
        dev.stderr_has(&format!(
            "The room was reset (room `main/{asked}`):\nit computed for too long without yielding\n    at "
        ));
        dev.stderr_has(place);
        assert_eq!(dev.get(&format!("/parties/main/{asked}")).text(), "one");
    }
}
