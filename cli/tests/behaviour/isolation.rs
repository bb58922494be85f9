//! A room in trouble is alone with it.

use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Dev, ROOM};

const TROUBLE: &str = r#"
export default class {
  constructor(readonly room) {}
  onConnect(conn) { conn.send("hello"); }
  onMessage(message, conn) { conn.send("echo " + message); }
  async onRequest(req) {
    const what = new URL(req.url).searchParams.get("do");
    if (what) console.log("doing", what);
    if (what === "loop") for (;;) {}
    if (what === "hang") await new Promise(() => {});
    if (what === "heap") { const all = []; for (;;) all.push(new Array(10_000).fill(Math.random())); }
    if (what === "wasm" || what === "shared") {
      const all = [];
      for (;;) {
        const page = new WebAssembly.Memory({ initial: 400, maximum: 400, shared: what === "shared" });
        new Uint8Array(page.buffer).fill(1);
        all.push(page);
      }
    }
    if (what === "growable") {
      const all = [];
      for (;;) all.push(new SharedArrayBuffer(25_000_000, { maxByteLength: 50_000_000 }));
    }
    if (what === "string") {
      const text = "\u20ac".repeat(2 ** 29 - 30);
      return new Response(`${text.charCodeAt(2 ** 28)} ${new TextEncoder().encode(text).length}`);
    }
    if (what === "refused") {
      const seen = [], all = [];
      for (let i = 0; i < 3; i++) {
        try { new Uint8Array(2 ** 31); } catch (error) { seen.push(`${error}`); }
      }
      try { for (;;) all.push(new ArrayBuffer(100_000_000)); } catch (error) { seen.push(`${error}`, all.length); }
      all.length = 0;
      return Response.json([...seen, new Uint8Array(500_000_000).length]);
    }
    if (what === "buffers") { const all = []; for (;;) all.push(new Uint8Array(10_000_000).fill(1)); }
    if (what === "resizable") {
      const all = [];
      for (;;) {
        const buffer = new ArrayBuffer(0, { maxByteLength: 16_000_000 });
        buffer.resize(16_000_000);
        all.push(buffer);
      }
    }
    if (what === "recurse") { const f = () => f() + 1; f(); }
    if (what === "global") globalThis.leak = (globalThis.leak ?? 0) + 1;
    return new Response("ok " + (globalThis.leak ?? "none"));
  }
}"#;

/// A healthy room of `dev` with an open socket, used while `make_trouble` runs in another room.
fn others_go_on(what: &str) {
    let mut dev = Dev::inline(TROUBLE);
    let mut socket = dev.ws("/parties/main/healthy");
    assert_eq!(socket.text(), "hello");
    let trouble = dev.request("GET", &format!("/parties/main/sick?do={what}"));
    let troubled = thread::spawn(move || std::panic::catch_unwind(move || trouble.send().status));
    dev.stdout_has(&format!("doing {what}"));
    for i in 0..20 {
        let start = Instant::now();
        assert_eq!(socket.ask(&i.to_string()), format!("echo {i}"));
        assert_eq!(dev.get("/parties/main/healthy").text(), "ok none");
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "took {:?}",
            start.elapsed()
        );
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(
        dev.get("/parties/main/new").text(),
        "ok none",
        "a new room can be made"
    );
    assert!(dev.is_alive());
    drop(dev);
    let _ = troubled.join();
}

#[test]
fn endless_loop_stops_one_room_only() {
    others_go_on("loop");
}

#[test]
fn hanging_handler_stops_nobody() {
    others_go_on("hang");
}

#[test]
fn room_that_eats_its_heap_ends_alone() {
    others_go_on("heap");
}

#[test]
fn room_that_eats_buffers_ends_alone() {
    others_go_on("buffers");
}

/// What V8 takes by the page is no part of its heap, nor of the budget of plain buffers.
#[test]
fn room_that_eats_resizable_buffers_ends_alone() {
    let mut dev = Dev::inline(TROUBLE);
    let answer = dev.get(&format!("{ROOM}?do=resizable"));
    assert!(answer.status >= 500, "{}", answer.text());
    assert!(dev.is_alive());
    assert_eq!(dev.get("/parties/main/new").text(), "ok none");
}

#[test]
fn room_that_eats_webassembly_memory_ends_alone() {
    let mut dev = Dev::inline(TROUBLE);
    for what in ["wasm", "shared", "growable"] {
        let answer = dev.get(&format!("/parties/main/{what}?do={what}"));
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (500, "The room was reset")
        );
        assert!(dev.is_alive());
    }
    assert_eq!(dev.get("/parties/main/new").text(), "ok none");
}

/// What JavaScript can ask for is refused as in any engine, and the room lives on.
#[test]
fn buffer_that_is_too_large_is_a_range_error() {
    let dev = Dev::inline(TROUBLE);
    let refused = "RangeError: Array buffer allocation failed";
    assert_eq!(
        dev.json(&format!("{ROOM}?do=refused")),
        serde_json::json!([refused, refused, refused, refused, 10, 500_000_000])
    );
}

/// V8's largest object does not fit in the heap of a room, and V8 ends the process when it must.
#[test]
fn largest_string_ends_one_room_only() {
    others_go_on("string");
}

#[test]
fn endless_recursion_is_an_error() {
    let dev = Dev::inline(TROUBLE);
    let answer = dev.get("/parties/main/sick?do=recurse");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "Maximum call stack size exceeded")
    );
    assert_eq!(dev.get("/parties/main/sick").text(), "ok none");
}

#[test]
fn room_that_ate_its_heap_is_made_again() {
    let dev = Dev::inline(TROUBLE);
    let answer = dev.get(&format!("{ROOM}?do=heap"));
    assert!(answer.status >= 500, "{}", answer.text());
    crate::harness::eventually("the room serves again", || {
        (dev.get(ROOM).text() == "ok none").then_some(())
    });
}

#[test]
fn rooms_share_no_globals() {
    let dev = Dev::inline(TROUBLE);
    assert_eq!(dev.get("/parties/main/a?do=global").text(), "ok 1");
    assert_eq!(dev.get("/parties/main/a?do=global").text(), "ok 2");
    assert_eq!(dev.get("/parties/main/b").text(), "ok none");
}

#[test]
fn hanging_handler_does_not_stop_its_own_room() {
    let dev = Dev::inline(TROUBLE);
    let hanging = dev.request("GET", &format!("{ROOM}?do=hang"));
    let hung = thread::spawn(move || std::panic::catch_unwind(move || hanging.send().status));
    dev.stdout_has("doing hang");
    assert_eq!(dev.get(ROOM).text(), "ok none");
    assert_eq!(dev.ws(ROOM).text(), "hello");
    drop(dev);
    let _ = hung.join();
}

#[test]
fn many_rooms_live_side_by_side() {
    let dev = Dev::inline(TROUBLE);
    let mut sockets: Vec<_> = (0..40)
        .map(|i| dev.ws(&format!("/parties/main/room{i}")))
        .collect();
    for (i, socket) in sockets.iter_mut().enumerate() {
        assert_eq!(socket.text(), "hello");
        assert_eq!(socket.ask(&i.to_string()), format!("echo {i}"));
    }
}
