//! The bytes of objects and parts: contents, in chunks. A content is removed when nothing refers to it and
//! nobody uses it.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::answer::Answer;
use super::pins::Pins;

/// Removes a content, unless something refers to it or somebody uses it.
pub(super) fn sweep(sql: &Connection, pins: &Pins, content: i64) -> Answer<()> {
    let referred: bool = sql
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM r2_objects WHERE content = ?1)
             OR EXISTS (SELECT 1 FROM r2_parts WHERE content = ?1)",
        )?
        .query_row([content], |row| row.get(0))?;
    if !referred && !pins.defer_removal(content) {
        remove(sql, content)?;
    }
    Ok(())
}

/// Removes what a process that ended left behind. Nothing is in use yet.
pub(super) fn sweep_all(sql: &Connection) -> rusqlite::Result<()> {
    let mut orphans = sql.prepare(
        "SELECT id FROM r2_contents WHERE id NOT IN (SELECT content FROM r2_objects)
         AND id NOT IN (SELECT content FROM r2_parts)",
    )?;
    let orphans: Vec<i64> = orphans
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    orphans
        .into_iter()
        .try_for_each(|content| remove(sql, content))
}

fn remove(sql: &Connection, content: i64) -> rusqlite::Result<()> {
    for statement in [
        "DELETE FROM r2_chunks WHERE id IN (SELECT chunk FROM r2_spans WHERE content = ?1)",
        "DELETE FROM r2_spans WHERE content = ?1",
        "DELETE FROM r2_contents WHERE id = ?1",
    ] {
        sql.prepare_cached(statement)?.execute([content])?;
    }
    Ok(())
}

pub(super) fn append(sql: &Transaction<'_>, content: i64, start: u64, bytes: &[u8]) -> Answer<()> {
    sql.prepare_cached("INSERT INTO r2_chunks (bytes) VALUES (?1)")?
        .execute([bytes])?;
    let chunk = sql.last_insert_rowid();
    sql.prepare_cached("INSERT INTO r2_spans (content, start, chunk) VALUES (?1, ?2, ?3)")?
        .execute(params![content, signed(start), chunk])?;
    Ok(())
}

pub(super) fn read(sql: &Transaction<'_>, content: i64, offset: u64, length: u64) -> Answer<Bytes> {
    let bytes: Option<Vec<u8>> = sql
        .prepare_cached(
            "SELECT substr(bytes, ?2 - start + 1, ?3) FROM r2_spans JOIN r2_chunks ON id = chunk
             WHERE content = ?1 AND start <= ?2 ORDER BY start DESC LIMIT 1",
        )?
        .query_row(params![content, signed(offset), signed(length)], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(Bytes::from(bytes.unwrap_or_default()))
}

/// An offset as SQLite counts. Contents are far smaller than what would not fit.
pub(super) fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}
