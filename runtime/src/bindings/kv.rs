//! Key-value namespaces. A value whose time is over is not there, whether or not it was removed.

use bytes::Bytes;
use partyrun_ops::bindings_interface::{KvKey, KvPage, KvValue};
use partyrun_ops::storage_interface::ListRange;
use rusqlite::{OptionalExtension, Transaction, params};

use super::answer::{Answer, Refusal};

/// Values asked for at once may have so many bytes together, as on the platform.
const MAX_BULK_BYTES: usize = 25 * 1024 * 1024;

pub(super) fn get(
    sql: &Transaction<'_>,
    namespace: &str,
    keys: &[String],
    now_ms: i64,
) -> Answer<Vec<Option<KvValue>>> {
    let mut select = sql.prepare_cached(
        "SELECT value, metadata, expiration FROM kv_entries
         WHERE namespace = ?1 AND key = ?2 AND (expiration IS NULL OR expiration > ?3)",
    )?;
    let now = now_ms / 1000;
    let mut values = Vec::with_capacity(keys.len());
    let mut bytes = 0;
    for key in keys {
        let found = select
            .query_row(params![namespace, key.as_bytes(), now], |row| {
                Ok(KvValue {
                    value: Bytes::from(row.get::<_, Vec<u8>>(0)?),
                    metadata: row.get(1)?,
                    expiration: row.get(2)?,
                })
            })
            .optional()?;
        bytes += found.as_ref().map_or(0, |found| found.value.len());
        if keys.len() > 1 && bytes > MAX_BULK_BYTES {
            return Err(Refusal::said(format!(
                "KV GET_BULK failed: 413 Total size of request exceeds the limit of {MAX_BULK_BYTES} bytes"
            )));
        }
        values.push(found);
    }
    Ok(values)
}

pub(super) fn put(
    sql: &Transaction<'_>,
    namespace: &str,
    key: &str,
    value: &KvValue,
    now_ms: i64,
) -> Answer<()> {
    sql.prepare_cached("DELETE FROM kv_entries WHERE expiration <= ?1")?
        .execute([now_ms / 1000])?;
    sql.prepare_cached(
        "INSERT INTO kv_entries (namespace, key, value, metadata, expiration)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET value = excluded.value, metadata = excluded.metadata,
         expiration = excluded.expiration",
    )?
    .execute(params![
        namespace,
        key.as_bytes(),
        value.value.as_ref(),
        value.metadata,
        value.expiration
    ])?;
    Ok(())
}

pub(super) fn delete(sql: &Transaction<'_>, namespace: &str, key: &str) -> Answer<()> {
    sql.prepare_cached("DELETE FROM kv_entries WHERE namespace = ?1 AND key = ?2")?
        .execute(params![namespace, key.as_bytes()])?;
    Ok(())
}

pub(super) fn list(
    sql: &Transaction<'_>,
    namespace: &str,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
    now_ms: i64,
) -> Answer<KvPage> {
    let mut range = ListRange::default().with_prefix(prefix);
    if let Some(after) = after {
        range = range.starting_after(after);
    }
    let mut select = sql.prepare_cached(
        "SELECT key, expiration, metadata FROM kv_entries
         WHERE namespace = ?1 AND key >= ?2 AND key < ?3
         AND (expiration IS NULL OR expiration > ?4) ORDER BY key LIMIT ?5",
    )?;
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let values = params![namespace, range.start, range.end, now_ms / 1000, one_more];
    let rows = select.query_map(values, |row| {
        Ok(KvKey {
            name: String::from_utf8_lossy(row.get_ref(0)?.as_blob()?).into_owned(),
            expiration: row.get(1)?,
            metadata: row.get(2)?,
        })
    })?;
    let mut keys = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = keys.len() > limit;
    keys.truncate(limit);
    Ok(KvPage { keys, more })
}
