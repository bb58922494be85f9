//! The arguments of `room.storage` and of its transactions: which forms they take, and the words of
//! the original for those that it refuses.

use serde_json::json;

use crate::storage::evaluate;

/// Row 171.
#[test]
fn options_must_be_objects() {
    let seen = evaluate(
        r#"
const refused = async (f) => (await attempt(f)).replace("TypeError: Failed to execute ", "");
return Promise.all([
  () => storage.get("a", 5), () => storage.get(["a"], "x"), () => storage.put("a", 1, true), () => storage.put({}, undefined, 5),
  () => storage.delete("a", "s"), () => storage.deleteAll(1), () => storage.list("x"), () => storage.getAlarm(1),
  () => storage.deleteAlarm("x"), () => storage.setAlarm(Date.now() + 1e6, 5), () => storage.transaction(() => 1, "x"),
  () => storage.put(), () => storage.get(),
].map(refused));"#,
    );
    let text = |method: &str, position: u8, kind: &str| {
        format!(
            "'{method}' on 'DurableObjectStorage': parameter {position} is not of type '{kind}'."
        )
    };
    let expected = [
        text("get", 2, "GetOptions"),
        text("get", 2, "GetOptions"),
        text("put", 3, "PutOptions"),
        text("put", 3, "PutOptions"),
        text("delete", 2, "PutOptions"),
        text("deleteAll", 1, "PutOptions"),
        text("list", 1, "ListOptions"),
        text("getAlarm", 1, "GetAlarmOptions"),
        text("deleteAlarm", 1, "SetAlarmOptions"),
        text("setAlarm", 2, "SetAlarmOptions"),
        text("transaction", 2, "TransactionOptions"),
        text("put", 1, "string or object"),
        text("get", 1, "string or Array"),
    ];
    assert_eq!(seen, json!(expected));
}

/// Row 171.
#[test]
fn options_are_read_in_the_order_of_the_original() {
    let seen = evaluate(
        r#"
const names = async (call) => {
  const read = [];
  await call(new Proxy({}, { get: (_, name) => void read.push(name) }));
  return read.join(" ");
};
const failing = { get noCache() { throw new RangeError("mine") } };
return [await names((o) => storage.list(o)), await names((o) => storage.get("a", o)), await names((o) => storage.put("a", 1, o)),
  await names((o) => storage.setAlarm(Date.now() + 1e6, o)), await attempt(() => storage.put("b", 1, failing)),
  await storage.get("b") === undefined];"#,
    );
    let expected = json!([
        "start startAfter end prefix reverse limit allowConcurrency noCache",
        "allowConcurrency noCache",
        "allowConcurrency allowUnconfirmed noCache",
        "allowConcurrency allowUnconfirmed",
        "RangeError: mine",
        true
    ]);
    assert_eq!(seen, expected);
}

/// Row 160.
#[test]
fn put_takes_a_pair_or_an_object() {
    let seen = evaluate(
        r#"
await storage.put(["x", "y"], "an array is a key");
await storage.put({ a: 1, b: undefined, c: null }, { allowUnconfirmed: true });
await storage.put(Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 } }));
return [[...(await storage.list())], await attempt(() => storage.put({ d: 1 }, "value")), await attempt(() => storage.put(["d"])),
  await attempt(() => storage.put(new Date(0), 1))];"#,
    );
    let forms = "TypeError: put() may only be called with a single key-value pair and optional options as put(key, value, options) \
                 or with multiple key-value pairs and optional options as put(entries, options)";
    let expected = json!([
        [
            ["a", 1],
            ["c", null],
            ["own", 2],
            ["x,y", "an array is a key"]
        ],
        forms,
        "TypeError: put() called with undefined value.",
        forms
    ]);
    assert_eq!(seen, expected);
}

/// Row 164.
#[test]
fn limit_of_a_list_is_an_integer_of_32_bits() {
    let seen = evaluate(
        r#"
await storage.put({ a: 1, b: 2, c: 3 });
const keys = async (limit) => [...(await storage.list({ limit })).keys()].join("");
return Promise.all([1.9, "2", true, [2], 2 ** 31, 2 ** 32 + 2, 2n, NaN, Infinity, null].map((limit) => attempt(() => keys(limit))));"#,
    );
    let range =
        "TypeError: Value out of range. Must be between -2147483648 and 2147483647 (inclusive).";
    let positive = "TypeError: List limit must be positive.";
    let big = "TypeError: Cannot convert a BigInt value to a number";
    let expected = json!([
        "a", "ab", "a", "ab", range, range, big, positive, positive, positive
    ]);
    assert_eq!(seen, expected);
}

/// Row 166.
#[test]
fn long_key_among_many_is_not_found() {
    let seen = evaluate(
        r#"await storage.put("a", 1); return [...(await storage.get(["a", "k".repeat(2049)]))];"#,
    );
    assert_eq!(seen, json!([["a", 1]]));
}

/// Row 161.
#[test]
fn delete_throws_at_once_and_the_others_reject() {
    let seen = evaluate(
        r#"
const kind = (f) => { try { f().catch(() => {}); return "rejects" } catch { return "throws" } };
return [kind(() => storage.delete()), kind(() => storage.delete("k".repeat(3000))), kind(() => storage.get()),
  kind(() => storage.put("a")), kind(() => storage.list({ limit: 0 })), kind(() => storage.setAlarm("x"))];"#,
    );
    assert_eq!(
        seen,
        json!([
            "throws", "throws", "rejects", "rejects", "rejects", "rejects"
        ])
    );
}

/// Row 169.
#[test]
fn transaction_cannot_delete_everything() {
    let seen = evaluate(
        r#"
await storage.put("a", 1);
let text;
await storage.transaction(async (txn) => {
  try { txn.deleteAll() } catch (error) { text = error.message }
  await txn.put("b", 2);
});
return [text, [...(await storage.list()).keys()]];"#,
    );
    assert_eq!(
        seen,
        json!(["Cannot call deleteAll() within a transaction", ["a", "b"]])
    );
}

/// Row 169.
#[test]
fn second_rollback_does_nothing() {
    let seen = evaluate(
        r#"
return storage.transaction(async function (txn) {
  txn.rollback();
  txn.rollback();
  return [await attempt(() => txn.put("a", 1)), this === globalThis];
});"#,
    );
    assert_eq!(
        seen,
        json!(["Error: Cannot put() on rolled back transaction", true])
    );
}

/// Row 167.
#[test]
fn objects_of_the_platform_are_kept_or_refused() {
    let seen = evaluate(
        r#"
await storage.put("error", new DOMException("stop", "AbortError"));
const error = await storage.get("error");
const refused = (value) => attempt(() => storage.put("x", value));
return [error instanceof DOMException, error.name, error.message, error.code, await refused(new Event("x")), await refused(storage),
  await refused(new ReadableStream()), await refused(new Response("body")), await refused(new Blob([]))];"#,
    );
    let kind = |name: &str| {
        format!(
            "DataCloneError: Could not serialize object of type \"{name}\". This type does not support serialization."
        )
    };
    let stream = "DataCloneError: ReadableStream can only be serialized for RPC.";
    let expected = json!([
        true,
        "AbortError",
        "stop",
        20,
        kind("Event"),
        kind("DurableObjectStorage"),
        stream,
        stream,
        kind("Blob")
    ]);
    assert_eq!(seen, expected);
}
