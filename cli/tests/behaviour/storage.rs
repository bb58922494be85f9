//! `room.storage`: reading, writing, listing, transactions.

use serde_json::{Value, json};

use crate::harness::{Dev, ROOM};

/// What this body returns, run in a fresh room with `storage` in reach; an error is its text.
pub fn evaluate(body: &str) -> Value {
    Dev::inline(&room_source(body)).json(ROOM)
}

/// The source of a room that answers with what the body returns.
pub fn room_source(body: &str) -> String {
    format!(
        r#"
const attempt = async (f) => {{
  try {{ return await f(); }} catch (error) {{ return error.name + ": " + error.message; }}
}};
export default class {{
  constructor(readonly room) {{}}
  async onRequest(req) {{
    const storage = this.room.storage;
    const value = await attempt(async () => {{ {body} }});
    return Response.json(value === undefined ? "undefined" : value);
  }}
}}"#
    )
}

/// Row 158.
#[test]
fn value_is_put_read_and_deleted() {
    let seen = evaluate(
        r#"
const missing = await storage.get("a");
const put = await storage.put("a", { n: [1, "x", null] });
const got = await storage.get("a");
await storage.delete("a");
return [missing === undefined, put === undefined, got, (await storage.get("a")) === undefined];"#,
    );
    assert_eq!(seen, json!([true, true, { "n": [1, "x", null] }, true]));
}

/// Row 158.
#[test]
fn put_is_seen_without_awaiting_it() {
    let seen = evaluate(r#"storage.put("a", 1); storage.put("a", 2); return storage.get("a");"#);
    assert_eq!(seen, 2);
}

/// Row 158.
#[test]
fn every_answer_is_a_promise() {
    let seen = evaluate(
        r#"
const calls = [storage.get("a"), storage.get(["a"]), storage.put("a", 1), storage.delete("a"), storage.list(),
  storage.deleteAll(), storage.transaction(() => 1), storage.sync()];
const all = calls.every((call) => call instanceof Promise);
await Promise.all(calls);
return [all, storage.constructor.name, typeof storage.sql, typeof storage.transactionSync];"#,
    );
    assert_eq!(
        seen,
        json!([true, "DurableObjectStorage", "undefined", "undefined"])
    );
}

/// Row 159.
#[test]
fn many_keys_come_as_a_sorted_map() {
    let seen = evaluate(
        r#"
await storage.put({ c: 3, a: 1, b: 2 });
const found = await storage.get(["c", "zzz", "a"]);
return [found instanceof Map, [...found]];"#,
    );
    assert_eq!(seen, json!([true, [["a", 1], ["c", 3]]]));
}

/// Row 160.
#[test]
fn object_puts_all_its_keys() {
    let seen = evaluate(
        r#"await storage.put({ x: 1, y: { z: 2 } }); return [...(await storage.list())];"#,
    );
    assert_eq!(seen, json!([["x", 1], ["y", { "z": 2 }]]));
}

/// Row 161.
#[test]
fn delete_says_what_existed() {
    let seen = evaluate(
        r#"
await storage.put({ a: 1, b: 2, c: 3 });
return [await storage.delete("a"), await storage.delete("a"), await storage.delete(["b", "c", "d"]),
  await storage.delete([]), (await storage.list()).size];"#,
    );
    assert_eq!(seen, json!([true, false, 2, 0, 0]));
}

/// Row 162.
#[test]
fn list_takes_ranges() {
    let seen = evaluate(
        r#"
await storage.put({ a: 1, b: 2, c: 3, d: 4, e: 5 });
const keys = async (options) => [...(await storage.list(options)).keys()].join("");
return Promise.all([
  keys(), keys({}), keys({ start: "b" }), keys({ startAfter: "b" }), keys({ end: "c" }), keys({ start: "b", end: "d" }),
  keys({ reverse: true }), keys({ reverse: true, limit: 2 }), keys({ limit: 2 }), keys({ start: "d", end: "b" }),
  keys({ start: "bb" }), keys({ reverse: true, start: "b", end: "d" }), keys({ startAfter: "b", limit: 1 }),
]);"#,
    );
    let expected = [
        "abcde", "abcde", "bcde", "cde", "ab", "bc", "edcba", "ed", "ab", "", "cde", "cb", "c",
    ];
    assert_eq!(seen, json!(expected));
}

/// Row 162.
#[test]
fn list_takes_a_prefix() {
    let seen = evaluate(
        r#"
await storage.put({ "u:1": 1, "u:2": 2, "u:3": 3, "v:1": 4, u: 5 });
const keys = async (options) => [...(await storage.list(options)).keys()];
return [await keys({ prefix: "u:" }), await keys({ prefix: "u:", start: "u:2" }), await keys({ prefix: "u:", reverse: true, limit: 1 }),
  (await keys({ prefix: "" })).length, await keys({ prefix: "w" })];"#,
    );
    assert_eq!(
        seen,
        json!([["u:1", "u:2", "u:3"], ["u:2", "u:3"], ["u:3"], 5, []])
    );
}

/// Row 163.
#[test]
fn list_is_ordered_by_utf8_bytes() {
    let seen = evaluate(
        r#"
for (const key of ["é", "😀", "a", "Z", "10", "9", "\uFFFD", "B", "b"]) await storage.put(key, 1);
return [...(await storage.list()).keys()];"#,
    );
    assert_eq!(
        seen,
        json!(["10", "9", "B", "Z", "a", "b", "é", "\u{FFFD}", "😀"])
    );
}

/// Row 162.
#[test]
fn list_sees_writes_that_are_not_committed() {
    let seen = evaluate(
        r#"
await storage.put({ a: 1, b: 2, c: 3 });
await storage.sync();
storage.put("bb", 9); storage.delete("a"); storage.put("c", 30);
return [...(await storage.list({ limit: 3 }))];"#,
    );
    assert_eq!(seen, json!([["b", 2], ["bb", 9], ["c", 30]]));
}

/// Row 169.
#[test]
fn transaction_commits() {
    let seen = evaluate(
        r#"
const value = await storage.transaction(async (txn) => {
  await txn.put("a", 1);
  return [await txn.get("a"), (await txn.list()).size, "done"];
});
return [value, await storage.get("a")];"#,
    );
    assert_eq!(seen, json!([[1, 1, "done"], 1]));
}

/// Row 169.
#[test]
fn error_in_a_transaction_rolls_back() {
    let seen = evaluate(
        r#"
await storage.put({ a: "old", b: "old" });
const error = await attempt(() => storage.transaction(async (txn) => {
  await txn.put("a", "new");
  await storage.delete("b");
  throw new Error("changed my mind");
}));
return [error, await storage.get("a"), await storage.get("b")];"#,
    );
    assert_eq!(seen, json!(["Error: changed my mind", "old", "old"]));
}

/// Row 169.
#[test]
fn rollback_discards_and_ends_the_transaction() {
    let seen = evaluate(
        r#"
await storage.put("a", "old");
const value = await storage.transaction(async (txn) => {
  await txn.put("a", "new");
  txn.rollback();
  return attempt(() => txn.put("a", "newer"));
});
return [value, await storage.get("a")];"#,
    );
    assert_eq!(
        seen,
        json!(["Error: Cannot put() on rolled back transaction", "old"])
    );
}

/// Row 169.
#[test]
fn transaction_object_ends_with_its_function() {
    let seen = evaluate(
        r#"
let kept;
await storage.transaction(async (txn) => { kept = txn; });
return attempt(() => kept.get("a"));"#,
    );
    let expected = "Error: Cannot call get() on transaction that has already committed: did you move `txn` outside of the closure?";
    assert_eq!(seen, expected);
}

/// Row 170.
#[test]
fn delete_all_leaves_nothing() {
    let seen = evaluate(
        r#"
for (let i = 0; i < 300; i++) storage.put("key" + i, i);
const before = (await storage.list()).size;
const answer = await storage.deleteAll();
await storage.put("after", 1);
return [before, answer === undefined, [...(await storage.list()).keys()]];"#,
    );
    assert_eq!(seen, json!([300, true, ["after"]]));
}

/// Row 171.
#[test]
fn options_are_accepted() {
    let seen = evaluate(
        r#"
const options = { allowConcurrency: true, allowUnconfirmed: true, noCache: true };
await storage.put("a", 1, options);
await storage.put({ b: 2 }, options);
const found = [await storage.get("a", options), [...(await storage.get(["b"], options))], (await storage.list(options)).size];
await storage.delete("a", options);
await storage.deleteAll(options);
return [...found, (await storage.sync()) === undefined];"#,
    );
    assert_eq!(seen, json!([1, [["b", 2]], 2, true]));
}

/// Row 172.
#[test]
fn read_and_write_are_one_step() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onMessage(message, conn) {
    const n = ((await this.room.storage.get("n")) ?? 0) + 1;
    await this.room.storage.put("n", n);
    conn.send(String(n));
  }
  async onRequest() { return Response.json(await this.room.storage.get("n")); }
}"#,
    );
    let mut sockets: Vec<_> = (0..10).map(|_| dev.ws(ROOM)).collect();
    for _ in 0..10 {
        for socket in &mut sockets {
            socket.send("more");
        }
    }
    for socket in &mut sockets {
        for _ in 0..10 {
            socket.text();
        }
    }
    assert_eq!(dev.json(ROOM), 100);
}

/// Row 158.
#[test]
fn rooms_and_parties_have_storage_of_their_own() {
    use crate::harness::Project;
    let source = r#"
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    if (req.method === "POST") await this.room.storage.put("k", await req.text());
    return Response.json((await this.room.storage.get("k")) ?? "nothing");
  }
}"#;
    let dev = Project::inline(source).party("other", source).dev();
    dev.post("/parties/main/a", "mine");
    assert_eq!(dev.json("/parties/main/a"), "mine");
    assert_eq!(dev.json("/parties/main/b"), "nothing");
    assert_eq!(dev.json("/parties/other/a"), "nothing");
}
