//! What `room.storage` refuses, and in which words.

use serde_json::json;

use crate::storage::evaluate;

/// Row 164.
#[test]
fn list_checks_its_options() {
    let seen = evaluate(
        r#"
return Promise.all([{ limit: 0 }, { limit: -1 }, { start: "a", startAfter: "b" }].map(
  (options) => attempt(() => storage.list(options))));"#,
    );
    let limit = "TypeError: List limit must be positive.";
    let both = "TypeError: list() cannot be called with both start and startAfter values.";
    assert_eq!(seen, json!([limit, limit, both]));
}

/// Row 165.
#[test]
fn undefined_is_no_value() {
    let seen = evaluate(
        r#"return [await attempt(() => storage.put("a", undefined)), await attempt(() => storage.put("a")), (await storage.list()).size];"#,
    );
    let text = "TypeError: put() called with undefined value.";
    assert_eq!(seen, json!([text, text, 0]));
}

/// Row 166.
#[test]
fn keys_have_2048_bytes_at_most() {
    let seen = evaluate(
        r#"
const long = "k".repeat(2049), wide = "é".repeat(1025), most = "k".repeat(2048);
await storage.put(most, 1);
return [await storage.get(most), await attempt(() => storage.put(long, 1)), await attempt(() => storage.get(long)),
  await attempt(() => storage.delete(long)), await attempt(() => storage.put(wide, 1))];"#,
    );
    let text = |size: u32| {
        format!(
            "RangeError: Keys cannot be larger than 2048 bytes. A key of size {size} was provided."
        )
    };
    assert_eq!(
        seen,
        json!([1, text(2049), text(2049), text(2049), text(2050)])
    );
}

/// Row 166.
#[test]
fn values_have_128_kibibytes_at_most() {
    let seen = evaluate(
        r#"
await storage.put("bytes", new Uint8Array(131072).fill(9));
await storage.put("text", "x".repeat(131073));
return [(await storage.get("bytes")).length, (await storage.get("text")).length,
  await attempt(() => storage.put("more", new Uint8Array(140000)))];"#,
    );
    let text = "RangeError: Values cannot be larger than 131072 bytes. A value of size 140013 was provided.";
    assert_eq!(seen, json!([131_072, 131_073, text]));
}

/// Row 166.
#[test]
fn one_call_reads_128_keys_at_most() {
    let seen = evaluate(
        r#"
const keys = Array.from({ length: 129 }, (_, i) => "k" + i);
await storage.put(Object.fromEntries(keys.map((key) => [key, 1])));
return [(await storage.get(keys.slice(1))).size, await attempt(() => storage.get(keys)), await storage.delete(keys)];"#,
    );
    let text = "RangeError: Maximum number of key value pairs is 128. 129 pairs were provided.";
    assert_eq!(seen, json!([128, text, 129]));
}

/// Row 166.
#[test]
fn keys_become_text() {
    let seen = evaluate(
        r#"
await storage.put(5, "five");
await storage.put("", "empty");
return [await storage.get("5"), await storage.get(5), await storage.get(""), [...(await storage.list()).keys()]];"#,
    );
    assert_eq!(seen, json!(["five", "five", "empty", ["", "5"]]));
}

/// Row 166.
#[test]
fn refused_write_leaves_the_old_value() {
    let seen = evaluate(
        r#"
await storage.put("a", "old");
await attempt(() => storage.put("a", new Uint8Array(200000)));
await attempt(() => storage.put("a", () => 1));
return storage.get("a");"#,
    );
    assert_eq!(seen, "old");
}
