//! Owns the table of `caches`: which responses may be kept, for how long, and how many. Runs on the
//! storage thread. Nothing in it is ever needed: a cache may forget.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_cache_semantics::{CacheOptions, CachePolicy};
use hyper::header::{HeaderName, HeaderValue, SET_COOKIE};
use hyper::{HeaderMap, Request, Response};
use partyrun_ops::http_cache::{CacheCall, CacheKey, CacheReply, CachedResponse};
use partyrun_ops::message::HeaderList;
use rusqlite::{Connection, OptionalExtension, params};

/// A larger response is not kept.
const MAX_BODY: usize = 32 << 20;
/// Bytes of all bodies; beyond, the oldest responses go.
const MAX_TOTAL: i64 = 256 << 20;

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS http_cache (
        cache TEXT NOT NULL,
        url TEXT NOT NULL,
        status INTEGER NOT NULL,
        reason TEXT NOT NULL,
        headers TEXT NOT NULL,
        body BLOB NOT NULL,
        kept_ms INTEGER NOT NULL,
        until_ms INTEGER NOT NULL,
        PRIMARY KEY (cache, url)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS http_cache_by_age ON http_cache (kept_ms);
";

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Makes the table; projects that use no cache have none.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLE)
}

fn header_map(headers: &HeaderList) -> HeaderMap {
    let parsed = headers.iter().filter_map(|(name, value)| {
        Some((
            HeaderName::from_bytes(name).ok()?,
            HeaderValue::from_bytes(value).ok()?,
        ))
    });
    let mut map = HeaderMap::new();
    parsed.for_each(|(name, value)| {
        map.append(name, value);
    });
    map
}

/// How long a response may be kept, and with which headers (RFC 9111, section 3, for a shared cache).
/// A cookie is for one client: only `private=set-cookie` lets its response in, without the cookie.
fn lifetime(
    request: HeaderMap,
    response: &CachedResponse,
    now: SystemTime,
) -> Option<(Duration, HeaderList)> {
    let mut headers = response.headers.clone();
    let mut map = header_map(&headers);
    if map.contains_key(SET_COOKIE) {
        let control = map.get("cache-control")?.to_str().ok()?;
        if !control.to_ascii_lowercase().contains("private=set-cookie") {
            return None;
        }
        let without = control
            .to_ascii_lowercase()
            .replace("private=set-cookie", "");
        map.insert("cache-control", HeaderValue::from_str(&without).ok()?);
        map.remove(SET_COOKIE);
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(b"set-cookie"));
        for (name, value) in &mut headers {
            if name.eq_ignore_ascii_case(b"cache-control") {
                *value = Bytes::from(without.clone());
            }
        }
    }
    let mut asked = Request::new(());
    *asked.headers_mut() = request;
    let mut answer = Response::new(());
    *answer.status_mut() = hyper::StatusCode::from_u16(response.status).ok()?;
    *answer.headers_mut() = map;
    let options = CacheOptions {
        shared: true,
        // What does not say for how long is not kept, as in the original.
        cache_heuristic: 0.0,
        ..CacheOptions::default()
    };
    let policy = CachePolicy::new_options(&asked, &answer, now, options);
    let lifetime = policy.time_to_live(now);
    (policy.is_storable() && !lifetime.is_zero()).then_some((lifetime, headers))
}

fn headers_to_text(headers: &HeaderList) -> String {
    let text = |bytes: &Bytes| bytes.iter().map(|byte| char::from(*byte)).collect();
    let pairs: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| (text(name), text(value)))
        .collect();
    serde_json::to_string(&pairs).expect("texts are JSON")
}

fn headers_from_text(text: &str) -> HeaderList {
    let pairs: Vec<(String, String)> = serde_json::from_str(text).unwrap_or_default();
    // Each character is a byte: header values are Latin-1.
    let bytes = |text: String| text.chars().map(|c| c as u8).collect::<Vec<u8>>().into();
    pairs
        .into_iter()
        .map(|(name, value)| (bytes(name), bytes(value)))
        .collect()
}

/// Serves a call of `caches`.
pub fn serve(
    connection: &Connection,
    call: CacheCall,
    now: SystemTime,
) -> rusqlite::Result<CacheReply> {
    Ok(match call {
        CacheCall::Put(key, request, response) => {
            put(connection, &key, &request, &response, now)?;
            CacheReply::Nothing
        }
        CacheCall::Match(key) => match find(connection, &key, now)? {
            Some(response) => CacheReply::Found(response),
            None => CacheReply::Nothing,
        },
        CacheCall::Delete(key) => match delete(connection, &key, now)? {
            true => CacheReply::Deleted,
            false => CacheReply::Nothing,
        },
    })
}

/// Keeps a response if its headers allow it, in the place of an earlier one.
fn put(
    connection: &Connection,
    key: &CacheKey,
    request: &HeaderList,
    response: &CachedResponse,
    now: SystemTime,
) -> rusqlite::Result<()> {
    let Some((lifetime, headers)) = lifetime(header_map(request), response, now) else {
        return Ok(());
    };
    if response.body.len() > MAX_BODY {
        return Ok(());
    }
    prepare(connection)?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO http_cache
             (cache, url, status, reason, headers, body, kept_ms, until_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            key.cache,
            key.url,
            response.status,
            response.reason,
            headers_to_text(&headers),
            response.body.as_ref(),
            milliseconds(now),
            milliseconds(now.checked_add(lifetime).unwrap_or(now)),
        ])?;
    shrink(connection, milliseconds(now))
}

/// Forgets what is over, and the oldest until the rest fits.
fn shrink(connection: &Connection, now: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM http_cache WHERE until_ms <= ?1")?
        .execute([now])?;
    connection
        .prepare_cached(
            "DELETE FROM http_cache WHERE rowid IN (
                SELECT rowid FROM (
                    SELECT rowid, sum(length(body)) OVER (ORDER BY kept_ms DESC, rowid DESC) AS total
                    FROM http_cache
                ) WHERE total > ?1
             )",
        )?
        .execute([MAX_TOTAL])?;
    Ok(())
}

/// The response that is kept, if it still is.
fn find(
    connection: &Connection,
    key: &CacheKey,
    now: SystemTime,
) -> rusqlite::Result<Option<CachedResponse>> {
    prepare(connection)?;
    let now = milliseconds(now);
    connection
        .prepare_cached(
            "SELECT status, reason, headers, body, kept_ms FROM http_cache
             WHERE cache = ?1 AND url = ?2 AND until_ms > ?3",
        )?
        .query_row(params![key.cache, key.url, now], |row| {
            let headers: String = row.get(2)?;
            let body: Vec<u8> = row.get(3)?;
            let kept: i64 = row.get(4)?;
            Ok(CachedResponse {
                status: row.get(0)?,
                reason: row.get(1)?,
                headers: headers_from_text(&headers),
                body: body.into(),
                age: u64::try_from((now - kept) / 1000).unwrap_or_default(),
            })
        })
        .optional()
}

/// Whether there was one to forget.
fn delete(connection: &Connection, key: &CacheKey, now: SystemTime) -> rusqlite::Result<bool> {
    prepare(connection)?;
    let now = milliseconds(now);
    let deleted = connection
        .prepare_cached("DELETE FROM http_cache WHERE cache = ?1 AND url = ?2 AND until_ms > ?3")?
        .execute(params![key.cache, key.url, now])?;
    Ok(deleted > 0)
}
