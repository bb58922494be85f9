//! Which values survive `room.storage`, and how faithfully.

use serde_json::json;

use crate::storage::evaluate;

/// Row 167.
#[test]
fn values_keep_their_type() {
    let seen = evaluate(
        r#"
class Point { constructor(x) { this.x = x; } }
const values = {
  map: new Map([[1, { a: 1 }]]), set: new Set([1, "x"]), date: new Date(5), regexp: /a+/gi, big: 12n ** 30n, nan: NaN,
  bytes: new Uint8Array([1, 2, 250]), floats: new Float64Array([0.5]), buffer: new ArrayBuffer(3), nothing: null,
  error: new RangeError("message"), point: new Point(7), text: "grüße 😀", list: [1, , 3], yes: true,
};
for (const [key, value] of Object.entries(values)) await storage.put(key, value);
await storage.sync();
const v = Object.fromEntries(await storage.list());
return {
  map: v.map instanceof Map && v.map.get(1).a, set: v.set instanceof Set && [...v.set], date: v.date instanceof Date && v.date.getTime(),
  regexp: v.regexp instanceof RegExp && String(v.regexp), big: v.big === 12n ** 30n, nan: Number.isNaN(v.nan),
  bytes: v.bytes instanceof Uint8Array && [...v.bytes], floats: v.floats instanceof Float64Array && v.floats[0],
  buffer: v.buffer instanceof ArrayBuffer && v.buffer.byteLength, nothing: v.nothing,
  error: v.error instanceof RangeError && v.error.message, point: [v.point.x, v.point instanceof Point],
  text: v.text, list: [v.list.length, 1 in v.list], yes: v.yes,
};"#,
    );
    let expected = json!({
        "map": 1, "set": [1, "x"], "date": 5, "regexp": "/a+/gi", "big": true, "nan": true, "bytes": [1, 2, 250],
        "floats": 0.5, "buffer": 3, "nothing": null, "error": "message", "point": [7, false], "text": "grüße 😀",
        "list": [3, false], "yes": true,
    });
    assert_eq!(seen, expected);
}

/// Row 167.
#[test]
fn view_comes_back_with_its_whole_buffer() {
    let seen = evaluate(
        r#"
await storage.put("view", new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
const view = await storage.get("view");
return [[...view], view.byteOffset, view.buffer.byteLength];"#,
    );
    assert_eq!(seen, json!([[2, 3], 1, 4]));
}

/// Row 167.
#[test]
fn cycles_survive() {
    let seen = evaluate(
        r#"
const value = { name: "ring" };
value.self = value;
await storage.put("ring", value);
const got = await storage.get("ring");
return [got.self === got, got.self.self.name];"#,
    );
    assert_eq!(seen, json!([true, "ring"]));
}

/// Row 167.
#[test]
fn values_without_a_clone_are_refused() {
    let seen = evaluate(
        r#"
const error = await storage.put("f", () => 1).catch((error) => error);
return [error.name, error instanceof DOMException, error.message, await attempt(() => storage.put("s", Symbol("x"))),
  (await storage.list()).size];"#,
    );
    let expected = json!([
        "DataCloneError",
        true,
        "()=>1 could not be cloned.",
        "DataCloneError: Symbol(x) could not be cloned.",
        0
    ]);
    assert_eq!(seen, expected);
}

/// Row 168.
#[test]
fn every_get_is_a_fresh_clone() {
    let seen = evaluate(
        r#"
const value = { n: 1 };
const put = storage.put("a", value);
value.n = 2;
await put;
const first = await storage.get("a");
first.n = 3;
const second = await storage.get("a");
return [first === second, second.n];"#,
    );
    assert_eq!(seen, json!([false, 1]));
}
