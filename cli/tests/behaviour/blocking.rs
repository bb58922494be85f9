//! `blockConcurrencyWhile` that fails or is called wrongly.

use serde_json::json;

use crate::harness::{Dev, ROOM, eventually};

const BLOCKING: &str = r#"
export default class {
  constructor(readonly room) { this.born = crypto.randomUUID(); }
  async onRequest(req) {
    const { room } = this, storage = room.storage;
    switch (new URL(req.url).searchParams.get("do")) {
      case "reject":
        await storage.put("before", 1);
        try { await room.blockConcurrencyWhile(async () => { await storage.put("inside", 1); throw new RangeError("not today"); }); }
        catch { return new Response("this room is no more"); }
      case "throw": await room.blockConcurrencyWhile(() => { throw new Error("not at all"); });
      case "forget": room.blockConcurrencyWhile(async () => { throw new Error("unseen"); }).catch(() => {}); return new Response("fine");
      case "misuse": {
        const texts = [];
        for (const wrong of [undefined, 5, {}]) await room.blockConcurrencyWhile(wrong).catch((error) => texts.push(`${error}`));
        const self = await room.blockConcurrencyWhile(function (...args) { return [this === globalThis, args.length]; });
        return Response.json([new Set(texts).size, texts[0], self, await room.blockConcurrencyWhile(() => room.blockConcurrencyWhile(() => 8))]);
      }
    }
    return Response.json([this.born, ...(await storage.list()).keys()]);
  }
}"#;

/// Row 154. The room's own answer would tell of what is undone.
#[test]
fn failure_answers_with_its_text_and_the_room_is_made_again() {
    let mut dev = Dev::inline(BLOCKING);
    for (what, text) in [
        ("reject", "not today"),
        ("throw", "not at all"),
        ("forget", "unseen"),
    ] {
        let room = format!("/parties/main/{what}");
        let born = dev.json(&room)[0].clone();
        let answer = dev.get(&format!("{room}?do={what}"));
        assert_eq!((answer.status, answer.text().as_str()), (500, text));
        eventually("another instance answers", || {
            (dev.json(&room)[0] != born).then_some(())
        });
    }
    assert!(dev.is_alive());
    let kept = dev.json("/parties/main/reject");
    assert_eq!((&kept[1], &kept[2]), (&json!("before"), &json!("inside")));
}

/// Row 154.
#[test]
fn what_is_no_function_is_refused_and_the_room_lives_on() {
    let dev = Dev::inline(BLOCKING);
    let born = dev.json(ROOM)[0].clone();
    let text = "TypeError: Failed to execute 'blockConcurrencyWhile' on 'DurableObjectState': parameter 1 is not of type 'function'.";
    assert_eq!(
        dev.json(&format!("{ROOM}?do=misuse")),
        json!([1, text, [true, 0], 8])
    );
    assert_eq!(dev.json(ROOM)[0], born);
}

/// Row 154. A base class asks for it before the fields of the class are there.
#[test]
fn block_starts_after_the_code_that_asks_for_it() {
    let dev = Dev::inline(
        r#"
class Base {
  constructor(readonly room) { room.blockConcurrencyWhile(async () => { this.load("first"); await 0; this.load("second"); }); }
}
export default class extends Base {
  loaded = [];
  load(what) { this.loaded.push(what); }
  onRequest() { return Response.json(this.loaded); }
}"#,
    );
    assert_eq!(dev.json(ROOM), json!(["first", "second"]));
}

/// Row 154. Those inside another one's callback go on at once: it waits for them.
#[test]
fn blocks_run_one_after_the_other() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest() {
    const seen = [];
    const block = (name, inner) => this.room.blockConcurrencyWhile(async () => {
      seen.push(name + " in");
      await scheduler.wait(10);
      await inner?.();
      seen.push(name + " out");
    });
    await Promise.all([block("a", () => block("b")), block("c"), this.room.storage.transaction(async () => { seen.push("d"); })]);
    return Response.json(seen);
  }
}"#,
    );
    let order = ["a in", "b in", "b out", "a out", "c in", "c out", "d"];
    assert_eq!(dev.json(ROOM), json!(order));
}
