//! Memory of rooms that have ended is there for others at once.

use serde_json::Value;

use crate::harness::{Controlled, Project, eventually};

const MACHINE_MB: u64 = 900;

const SERVER: &str = r#"
const kept = [];
export default class {
  async onRequest(request: Request) {
    const what = new URL(request.url).searchParams.get("keep");
    if (what === "objects") {
      // In V8's own pages: none is large enough for pages of its own.
      for (let i = 0; i < 1800; i++) kept.push(Array(10_000).fill(1.5));
    }
    if (what === "bytes") {
      for (let i = 0; i < 30; i++) {
        kept.push(new Uint8Array(10_000_000).fill(1));
        // The process is looked at meanwhile.
        await new Promise((resume) => setTimeout(resume, 30));
      }
    }
    return new Response(String(kept.length));
  }
}"#;

/// V8 keeps the pages of an isolate that has ended for the next ones, to which they are of no use as the bytes
/// of a buffer.
#[test]
fn pages_of_idle_rooms_make_way_for_buffers_of_another() {
    let dev = Project::inline(SERVER)
        .env("PARTYRUN_MEMORY_MB", &MACHINE_MB.to_string())
        .dev();
    let get = |room: &str, what: &str| dev.get(&format!("/parties/main/{room}?keep={what}")).text();
    let idle = ["a", "b", "c", "d"];
    for room in idle {
        assert_eq!(get(room, "objects"), "1800");
    }
    assert_eq!(get("bytes", "bytes"), "30");
    assert_eq!(get("bytes", ""), "30", "the room was not reset");
    for room in idle {
        assert_eq!(get(room, ""), "0", "the idle room made way");
    }
}

const FORGETFUL: &str = r#"
const registry = new FinalizationRegistry(() => console.log("the objects are gone"));
export default class {
  onRequest() {
    const made = Array.from({ length: 100_000 }, (_, i) => ({ i, text: `${i}` }));
    registry.register(made, 0);
    return new Response(String(made.length));
  }
}"#;

/// V8 would collect them when the room next needs memory, which may be never.
#[test]
fn what_a_room_has_left_behind_goes_while_it_rests() {
    let dev = Project::inline(FORGETFUL).dev();
    assert_eq!(dev.get("/parties/main/a").text(), "100000");
    dev.stdout_has("the objects are gone");
}

/// V8's bindings keep some for each isolate, which must not hold a page each.
#[test]
#[cfg(target_os = "linux")]
fn rooms_that_came_and_went_leave_next_to_nothing() {
    const MIB: u64 = 1 << 20;
    let code = "export default class { onRequest() { return new Response() } }";
    let server = Controlled::inline(code);
    let come_and_go = |wave: usize| {
        for room in 0..50 {
            let path = format!("/parties/main/{wave}-{room}");
            assert_eq!(server.dev.get(&path).status, 200);
        }
        server.json("POST", "/reset", &Value::Null);
    };
    let falls_below = |limit: u64| {
        eventually("the memory of rooms is back", || {
            let now = server.dev.own_memory();
            (now < limit).then_some(now)
        })
    };
    // What the first rooms leave serves all others.
    come_and_go(0);
    let before = falls_below(30 * MIB);
    (1..=12).for_each(come_and_go);
    falls_below(before + 3 * MIB);
}
