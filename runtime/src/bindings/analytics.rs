//! Data points (`analytics.writeDataPoint`): kept for a person to look at, the oldest forgotten. Nothing
//! here reads them.

use rusqlite::{Transaction, params};

use super::answer::Answer;

/// So many points are kept: a room that writes one with each message should not fill the disk.
const KEPT: i64 = 100_000;

/// Keeps a point, JSON text.
pub(super) fn keep(sql: &Transaction<'_>, point: &str, now_ms: i64) -> Answer<()> {
    sql.prepare_cached("INSERT INTO data_points (at_ms, point) VALUES (?1, ?2)")?
        .execute(params![now_ms, point])?;
    let oldest = sql.last_insert_rowid() - KEPT;
    sql.prepare_cached("DELETE FROM data_points WHERE number <= ?1")?
        .execute([oldest])?;
    Ok(())
}
