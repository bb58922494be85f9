//! `room.storage` when a room writes faster than the disk takes it.

use serde_json::json;

use crate::storage::evaluate;

/// Row 158. The writer is made to wait, and loses nothing.
#[test]
fn awaited_writes_of_any_amount_arrive() {
    let seen = evaluate(
        r#"
const value = "x".repeat(120_000);
for (let i = 0; i < 180; i++) await storage.put("key" + i, value);
await storage.transaction(async (txn) => { for (let i = 0; i < 20; i++) await txn.put("more" + i, value); });
return [(await storage.list()).size, (await storage.get("more19")).length];"#,
    );
    assert_eq!(seen, json!([200, 120_000]));
}

/// Row 166. Writes that nobody awaits are kept in memory until the turn ends, which has a limit.
#[test]
fn too_much_in_one_turn_is_refused() {
    let seen = evaluate(
        r#"
const value = "x".repeat(130_000);
const refused = [];
await storage.transaction(async (txn) => {
  for (let i = 0; i < 2200; i++) txn.put("key" + i, value).catch((error) => refused.push(`${error}`));
  await null;
  txn.rollback();
});
await storage.put("after", 1);
return [refused.length > 100 && refused.length < 200, refused[0], (await storage.list()).size];"#,
    );
    let text = "RangeError: Too much is written at once: await some of the writes";
    assert_eq!(seen, json!([true, text, 1]));
}
