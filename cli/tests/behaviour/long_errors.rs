//! Errors and texts that nobody can read to their end are cut, and their room lives on.

use std::time::{Duration, Instant};

use crate::harness::Dev;

const LONG: &str = r#"
const huge = () => "x".repeat(500_000_000);
const longest = () => "x".repeat(2 ** 29 - 30);
class Named extends Error { asked = 0; get message() { return this.asked++ ? longest() : "short"; } }
const ways = {
  thrown() { throw new Error(huge()); },
  rejected() { Promise.reject(new Error(huge())); },
  logged() { console.error(new Error(huge())); },
  text() { throw huge(); },
  rejectedText() { Promise.reject(huge()); },
  loggedText() { console.log(huge(), "and", huge()); },
  name() { throw Object.assign(new Error("a"), { name: huge() }); },
  stack() { throw Object.assign(new Error("a"), { stack: huge() }); },
  cause() { throw new Error("a", { cause: new Error(huge()) }); },
  reported() { reportError(new Error(huge())); },
  longestMessage() { throw new Error(longest()); },
  stackOfLongest() { return new Error(longest()).stack.length < 1000; },
  changing() { return typeof new Named().stack === "string"; },
  later() { setTimeout(() => { throw new Error(huge()); }); },
  megabytes() { throw new Error("y".repeat(20_000_000)); },
};
export default class {
  async onRequest(request: Request) {
    const what = new URL(request.url).searchParams.get("do");
    if (what !== null) await ways[what]();
    return new Response("ok");
  }
}"#;

#[test]
fn errors_with_huge_texts_are_cut() {
    let mut dev = Dev::inline(LONG);
    for what in [
        "thrown",
        "rejected",
        "logged",
        "text",
        "rejectedText",
        "loggedText",
        "name",
        "stack",
        "cause",
        "reported",
        "longestMessage",
        "stackOfLongest",
        "changing",
        "later",
        "megabytes",
    ] {
        let room = format!("/parties/main/{what}");
        let start = Instant::now();
        let answer = dev.get(&format!("{room}?do={what}"));
        assert!(
            answer.body.len() < 5_000_000,
            "{what}: {}",
            answer.body.len()
        );
        dev.answers(&room, "ok");
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{what}: {:?}",
            start.elapsed()
        );
        assert!(dev.is_alive(), "{what}");
    }
    let told = dev.stderr();
    assert!(told.contains("(a text of 500000000 characters)"));
    assert!(!told.contains("was reset"), "each room lived on");
    assert!(told.len() < 20_000_000, "{} bytes", told.len());
}
