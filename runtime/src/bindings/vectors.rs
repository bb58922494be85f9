//! Vector indexes: exact search by looking at every vector, in pages, so that rooms that want their own
//! data are served in between.

use partyrun_ops::bindings_interface::{Vector, VectorIndex, VectorMatch, VectorQuery};
use partyrun_ops::storage_interface::StorageFailure;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::answer::{Answer, Refusal, failure};
use super::filter::Filter;
use super::project::ProjectBindings;
use super::similarity::{pack, rank, score, unpack};

/// So many bytes of vectors are looked at in one job, in the order of a millisecond.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

const COLUMNS: &str = "id, namespace, metadata, vector";

pub(super) fn describe(sql: &Transaction<'_>, index: &VectorIndex) -> Answer<(Option<usize>, u64)> {
    let count: i64 = sql
        .prepare_cached("SELECT count(*) FROM vectors WHERE index_name = ?1")?
        .query_row([&index.name], |row| row.get(0))?;
    Ok((dimensions(sql, index)?, count.unsigned_abs()))
}

/// How many values a vector of the index has, when that is known.
fn dimensions(sql: &Transaction<'_>, index: &VectorIndex) -> Answer<Option<usize>> {
    let stored: Option<i64> = sql
        .prepare_cached("SELECT length(vector) / 4 FROM vectors WHERE index_name = ?1 LIMIT 1")?
        .query_row([&index.name], |row| row.get(0))
        .optional()?;
    let stored = stored.and_then(|values| usize::try_from(values).ok());
    Ok(stored.or(index.dimensions))
}

fn check(index: &VectorIndex, expected: usize, found: usize, what: &str) -> Answer<()> {
    if expected == found {
        return Ok(());
    }
    Err(Refusal::said(format!(
        "Vectors of the index `{}` have {expected} values, {what} has: {found}",
        index.name
    )))
}

pub(super) fn put(
    sql: &Transaction<'_>,
    index: &VectorIndex,
    vectors: &[Vector],
    replace: bool,
) -> Answer<Vec<String>> {
    let mut expected = dimensions(sql, index)?;
    let mut insert = sql.prepare_cached(if replace {
        "INSERT INTO vectors (index_name, id, namespace, metadata, vector)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET namespace = excluded.namespace, metadata = excluded.metadata,
         vector = excluded.vector"
    } else {
        "INSERT INTO vectors (index_name, id, namespace, metadata, vector)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING"
    })?;
    let mut stored = Vec::new();
    for vector in vectors {
        let found = vector.values.len();
        let expected = *expected.get_or_insert(found);
        check(
            index,
            expected,
            found,
            &format!("the vector `{}`", vector.id),
        )?;
        let rows = insert.execute(params![
            index.name,
            vector.id,
            vector.namespace,
            vector.metadata,
            pack(&vector.values)
        ])?;
        if rows > 0 {
            stored.push(vector.id.clone());
        }
    }
    Ok(stored)
}

pub(super) fn get(
    sql: &Transaction<'_>,
    index: &VectorIndex,
    ids: &[String],
) -> Answer<Vec<Vector>> {
    let mut select = sql.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM vectors WHERE index_name = ?1 AND id = ?2"
    ))?;
    let found = ids
        .iter()
        .map(|id| select.query_row([&index.name, id], vector).optional());
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.into_iter().flatten().collect())
}

pub(super) fn delete(
    sql: &Transaction<'_>,
    index: &VectorIndex,
    ids: &[String],
) -> Answer<Vec<String>> {
    let mut delete = sql.prepare_cached("DELETE FROM vectors WHERE index_name = ?1 AND id = ?2")?;
    let mut deleted = Vec::new();
    for id in ids {
        if delete.execute([&index.name, id])? > 0 {
            deleted.push(id.clone());
        }
    }
    Ok(deleted)
}

fn vector(row: &Row<'_>) -> rusqlite::Result<Vector> {
    Ok(Vector {
        id: row.get(0)?,
        namespace: row.get(1)?,
        metadata: row.get(2)?,
        values: unpack(row.get_ref(3)?.as_blob()?),
    })
}

/// A vector that is among the best so far.
#[derive(Clone, Copy)]
struct Candidate {
    rank: f64,
    score: f64,
    number: i64,
}

/// What one page came to.
struct Page {
    best: Vec<Candidate>,
    /// Where the next one starts, when there is one.
    next: Option<i64>,
}

pub(super) async fn query(
    bindings: &ProjectBindings,
    index: VectorIndex,
    query: VectorQuery,
) -> Result<Vec<VectorMatch>, StorageFailure> {
    let filter = query.filter.as_ref().map(Filter::parse).transpose();
    let filter = filter.map_err(|refusal| failure(&refusal))?;
    let mut best = Vec::new();
    let mut from = Some(0);
    while let Some(start) = from {
        let (index, query, filter) = (index.clone(), query.clone(), filter.clone());
        let page = bindings.job(move |sql| page(sql, &index, &query, filter.as_ref(), start, best));
        let page = page.await?;
        (best, from) = (page.best, page.next);
    }
    let load = move |sql: &Transaction<'_>| best.iter().map(|found| load(sql, found)).collect();
    let found: Vec<Option<VectorMatch>> = bindings.job(load).await?;
    Ok(found.into_iter().flatten().collect())
}

fn page(
    sql: &Transaction<'_>,
    index: &VectorIndex,
    query: &VectorQuery,
    filter: Option<&Filter>,
    start: i64,
    mut best: Vec<Candidate>,
) -> Answer<Page> {
    if start == 0
        && let Some(expected) = dimensions(sql, index)?
    {
        check(index, expected, query.vector.len(), "the one to search for")?;
    }
    let mut select = sql.prepare_cached(
        "SELECT number, vector, metadata FROM vectors
         WHERE index_name = ?1 AND number > ?2 AND (?3 IS NULL OR namespace = ?3) ORDER BY number",
    )?;
    let mut rows = select.query(params![index.name, start, query.namespace])?;
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let stored = row.get_ref(1)?.as_blob().unwrap_or_default();
        bytes += stored.len();
        let metadata = row.get_ref(2)?.as_str().ok();
        if filter.is_none_or(|filter| filter.passes(metadata)) {
            let score = score(index.metric, &query.vector, stored);
            let rank = rank(index.metric, score);
            consider(
                &mut best,
                query.top,
                Candidate {
                    rank,
                    score,
                    number,
                },
            );
        }
        if bytes >= PAGE_BYTES {
            let next = Some(number);
            return Ok(Page { best, next });
        }
    }
    Ok(Page { best, next: None })
}

/// Keeps the `top` best, the best first; of equals, those that were stored first.
fn consider(best: &mut Vec<Candidate>, top: usize, candidate: Candidate) {
    let place = best.partition_point(|other| other.rank <= candidate.rank);
    if place < top {
        best.insert(place, candidate);
        best.truncate(top);
    }
}

/// The vector itself, unless it was deleted while others were looked at.
fn load(sql: &Transaction<'_>, found: &Candidate) -> Answer<Option<VectorMatch>> {
    let vector = sql
        .prepare_cached(&format!("SELECT {COLUMNS} FROM vectors WHERE number = ?1"))?
        .query_row([found.number], vector)
        .optional()?;
    let score = found.score;
    Ok(vector.map(|vector| VectorMatch { score, vector }))
}
