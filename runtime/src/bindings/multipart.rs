//! Multipart uploads: parts, each with a content of its own, that become one object. Completing one
//! moves no bytes. The numbers in brackets are the platform's error codes.

use partyrun_ops::bindings_interface::{ObjectRecord, PartName};
use partyrun_ops::checksums::Digests;
use rusqlite::{OptionalExtension, Transaction, params};

use super::answer::{Answer, Refusal};
use super::contents::{signed, sweep};
use super::objects::{self, from_json, to_json};
use super::pins::Pins;

/// Every part but the last must be this large.
const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;

pub(super) fn create(sql: &Transaction<'_>, bucket: &str, record: &ObjectRecord) -> Answer<String> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    sql.prepare_cached(
        "INSERT INTO r2_uploads (id, bucket, key, record, open) VALUES (?1, ?2, ?3, ?4, 1)",
    )?
    .execute(params![id, bucket, record.key.as_bytes(), to_json(record)])?;
    Ok(id)
}

/// The record of an upload, and whether it still takes parts.
fn find(
    sql: &Transaction<'_>,
    bucket: &str,
    key: &str,
    id: &str,
) -> Answer<Option<(ObjectRecord, bool)>> {
    let found: Option<(String, bool)> = sql
        .prepare_cached(
            "SELECT record, open FROM r2_uploads WHERE id = ?1 AND bucket = ?2 AND key = ?3",
        )?
        .query_row(params![id, bucket, key.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let parse = |(record, open): (String, bool)| Ok((from_json(&record)?, open));
    found.map(parse).transpose()
}

fn gone(method: &str) -> Refusal {
    Refusal::said(format!(
        "{method}: The specified multipart upload does not exist. (10024)"
    ))
}

pub(super) fn put(
    sql: &Transaction<'_>,
    pins: &Pins,
    bucket: &str,
    key: &str,
    id: &str,
    part: &PartName,
    content: i64,
) -> Answer<()> {
    let Some((_, true)) = find(sql, bucket, key, id)? else {
        return Err(gone("uploadPart"));
    };
    let before: Option<i64> = sql
        .prepare_cached("SELECT content FROM r2_parts WHERE upload = ?1 AND number = ?2")?
        .query_row(params![id, part.part_number], |row| row.get(0))
        .optional()?;
    let size: i64 = sql
        .prepare_cached(
            "SELECT coalesce(sum(length(bytes)), 0) FROM r2_spans JOIN r2_chunks ON id = chunk
             WHERE content = ?1",
        )?
        .query_row([content], |row| row.get(0))?;
    sql.prepare_cached(
        "INSERT OR REPLACE INTO r2_parts (upload, number, content, size, etag)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![id, part.part_number, content, size, part.etag])?;
    match before {
        Some(before) => sweep(sql, pins, before),
        None => Ok(()),
    }
}

pub(super) fn abort(
    sql: &Transaction<'_>,
    pins: &Pins,
    bucket: &str,
    key: &str,
    id: &str,
) -> Answer<()> {
    match find(sql, bucket, key, id)? {
        None => Err(Refusal::said(
            "abortMultipartUpload: We encountered an internal error. Please try again. (10001)",
        )),
        Some((_, false)) => Ok(()),
        Some((_, true)) => close(sql, pins, id),
    }
}

struct Part {
    content: i64,
    size: u64,
    etag: String,
}

pub(super) fn complete(
    sql: &Transaction<'_>,
    pins: &Pins,
    bucket: &str,
    key: &str,
    id: &str,
    names: &[PartName],
    now_ms: i64,
) -> Answer<ObjectRecord> {
    let Some((mut record, true)) = find(sql, bucket, key, id)? else {
        return Err(gone("completeMultipartUpload"));
    };
    let mut names = names.to_vec();
    names.sort_by_key(|name| name.part_number);
    names.dedup_by_key(|name| name.part_number);
    let parts = names
        .iter()
        .map(|name| part(sql, id, name))
        .collect::<Answer<Vec<_>>>()?;
    check_sizes(&parts)?;

    sql.prepare_cached("INSERT INTO r2_contents DEFAULT VALUES")?
        .execute([])?;
    let content = sql.last_insert_rowid();
    let mut digests = Digests::new(None);
    let mut size = 0;
    for part in &parts {
        sql.prepare_cached(
            "UPDATE r2_spans SET content = ?1, start = start + ?2 WHERE content = ?3",
        )?
        .execute(params![content, signed(size), part.content])?;
        size += part.size;
        digests.update(&from_hex(&part.etag));
    }
    record.version = uuid::Uuid::new_v4().simple().to_string();
    record.size = size;
    record.etag = format!("{}-{}", digests.finish()["md5"], parts.len());
    close(sql, pins, id)?;
    let condition = Default::default();
    let put = objects::put(sql, pins, bucket, record, content, &condition, now_ms)?;
    Ok(put.expect("no condition is one that holds"))
}

fn part(sql: &Transaction<'_>, id: &str, name: &PartName) -> Answer<Part> {
    let found = sql
        .prepare_cached(
            "SELECT content, size, etag FROM r2_parts
             WHERE upload = ?1 AND number = ?2 AND etag = ?3",
        )?
        .query_row(params![id, name.part_number, name.etag], |row| {
            Ok(Part {
                content: row.get(0)?,
                size: row.get::<_, i64>(1)?.unsigned_abs(),
                etag: row.get(2)?,
            })
        })
        .optional()?;
    found.ok_or_else(|| {
        Refusal::said(
            "completeMultipartUpload: One or more of the specified parts could not be found. (10025)",
        )
    })
}

fn check_sizes(parts: &[Part]) -> Answer<()> {
    let Some((_, all_but_last)) = parts.split_last() else {
        return Ok(());
    };
    if all_but_last.iter().any(|part| part.size < MIN_PART_BYTES) {
        return Err(Refusal::said(
            "completeMultipartUpload: Your proposed upload is smaller than the minimum allowed object size. (10011)",
        ));
    }
    Ok(())
}

/// Ends an upload. Parts that nothing else has taken over go with it.
fn close(sql: &Transaction<'_>, pins: &Pins, id: &str) -> Answer<()> {
    let contents: Vec<i64> = sql
        .prepare_cached("SELECT content FROM r2_parts WHERE upload = ?1")?
        .query_map([id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    sql.prepare_cached("DELETE FROM r2_parts WHERE upload = ?1")?
        .execute([id])?;
    sql.prepare_cached("UPDATE r2_uploads SET open = 0 WHERE id = ?1")?
        .execute([id])?;
    contents
        .into_iter()
        .try_for_each(|content| sweep(sql, pins, content))
}

fn from_hex(digits: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).filter_map(pair).collect()
}
