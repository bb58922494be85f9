//! What the terminal tells the developer of, once, where a client only sees a status or a code.

use crate::harness::{Dev, Project, ROOM};

const SERVER: &str = "export default class { onMessage(m, c) { c.send(String(m.length ?? m.byteLength)) } onRequest() { return new Response('x') } }";

fn notes(dev: &Dev, needle: &str) -> usize {
    dev.stderr().matches(needle).count()
}

#[test]
fn party_that_does_not_exist_is_told_once() {
    let dev = Project::inline(SERVER).party("chat", SERVER).dev();
    for path in ["/parties/chatt/a", "/parties/chatt/b", "/parties/other/a"] {
        for _ in 0..2 {
            let answer = dev.get(path);
            let party = path.split('/').nth(2).expect("the path has one");
            assert_eq!(answer.status, 404);
            assert_eq!(answer.text(), format!("Party {party} not found"));
        }
    }
    assert_eq!(dev.refused("/parties/socket/r").status, 404);
    let exists = "which does not exist; the project has the parties `main`, `chat`";
    dev.stderr_has(&format!(
        "Note: A client asked for the party `chatt`, {exists}. Did you mean `chat`?\n"
    ));
    dev.stderr_has(&format!("the party `other`, {exists}\n"));
    dev.stderr_has(&format!("the party `socket`, {exists}\n"));
    assert_eq!(dev.get("/parties/chat/a").text(), "x");
    assert_eq!(notes(&dev, "A client asked for"), 3);
}

#[test]
fn message_over_the_limit_is_told_once_with_its_size() {
    let hibernating = SERVER.replace("{ onMessage", "{ options = { hibernate: true }; onMessage");
    let dev = Project::inline(SERVER).party("asleep", &hibernating).dev();
    let large = "x".repeat((1 << 20) + 1);
    for path in [ROOM, "/parties/main/other", "/parties/asleep/r"] {
        let mut socket = dev.ws(path);
        socket.send(&large);
        assert_eq!(socket.closed().code, 1009, "{path}");
    }
    let told =
        "was refused and its connection closed with 1009: 1048577 bytes, the limit is 1048576\n";
    dev.stderr_has(&format!(
        "Note: A WebSocket message for room `main/r` {told}"
    ));
    dev.stderr_has(&format!("for room `asleep/r` {told}"));
    let mut fits = dev.ws(ROOM);
    fits.send(&large[1..]);
    assert_eq!(fits.text(), "1048576");
    assert_eq!(notes(&dev, "A WebSocket message"), 2);
}

#[test]
fn value_over_the_limit_is_told_once_with_its_key() {
    let dev = Project::inline(
        "export default class {
  constructor(room) { this.room = room; }
  async onRequest(request) {
    const value = 'x'.repeat(200_000);
    try { await this.room.storage.put({ small: 1, ['key\\n']: value }); } catch (error) { return new Response(error.message); }
  }
}",
    )
    .dev();
    for _ in 0..2 {
        let refused =
            "Values cannot be larger than 131072 bytes. A value of size 200006 was provided.";
        assert_eq!(dev.get(ROOM).text(), refused);
    }
    dev.stderr_has(
        "Note: Room `main/r` cannot store the value of `key\\n`: 200006 bytes, the limit is 131072\n",
    );
    assert_eq!(notes(&dev, "cannot store"), 1);
}

#[test]
fn each_kind_of_key_with_a_value_over_the_limit_is_told_of() {
    let dev = Project::inline(
        "export default class {
  constructor(room) { this.room = room; }
  async onRequest(request) {
    const key = new URL(request.url).searchParams.get('key');
    try { await this.room.storage.put(key, 'x'.repeat(200_000)); } catch (error) { return new Response(error.message); }
  }
}",
    )
    .dev();
    for key in ["page-1", "page-2", "board", "board"] {
        dev.get(&format!("{ROOM}?key={key}"));
    }
    dev.stderr_has("cannot store the value of `page-1`: ");
    dev.stderr_has("cannot store the value of `board`: ");
    assert_eq!(notes(&dev, "cannot store"), 2);
}

#[test]
fn start_that_takes_long_is_told_once() {
    let dev = Project::inline(
        "export default class {
  async onStart() { await new Promise((resolve) => setTimeout(resolve, 5_300)); }
  onRequest() { return new Response('started'); }
}",
    )
    .dev();
    std::thread::scope(|scope| {
        for room in ["a", "b"] {
            let dev = &dev;
            scope.spawn(move || {
                let answer = dev.get(&format!("/parties/main/{room}"));
                assert_eq!(answer.text(), "started");
            });
        }
    });
    dev.stderr_has("is still in `onStart` after 5 s");
    assert_eq!(notes(&dev, "is still in `onStart`"), 1);
}
