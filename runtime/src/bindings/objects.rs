//! Object buckets. The bytes of an object are a content of their own, written before the object exists
//! and kept as long as somebody reads them, so that neither readers nor writers hold anything up.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use partyrun_ops::bindings_interface::{
    Condition, ObjectPage, ObjectRange, ObjectRecord, Outcome, StoredObject, Upload,
};
use partyrun_ops::storage_interface::ListRange;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::answer::{Answer, Refusal};
use super::contents::{append, read, sweep};
use super::pin::Pin;
use super::pins::Pins;
use super::project::ProjectBindings;

struct Reader {
    record: ObjectRecord,
    pin: Pin,
}

impl StoredObject for Reader {
    fn record(&self) -> &ObjectRecord {
        &self.record
    }

    fn read(&self, offset: u64, length: u64) -> Outcome<Bytes> {
        let content = self.pin.content;
        self.pin
            .bindings
            .job(move |sql| read(sql, content, offset, length))
    }
}

struct Writer {
    pin: Pin,
    length: Rc<Cell<u64>>,
}

impl Upload for Writer {
    fn append(&self, bytes: Bytes) -> Outcome<()> {
        let (content, start) = (self.pin.content, self.length.get());
        self.length.set(start + bytes.len() as u64);
        self.pin
            .bindings
            .job(move |sql| append(sql, content, start, &bytes))
    }

    fn id(&self) -> i64 {
        self.pin.content
    }
}

/// Finds an object and keeps its bytes until the reader is dropped.
pub(super) fn open(
    bindings: &ProjectBindings,
    bucket: String,
    key: String,
) -> Outcome<Option<Box<dyn StoredObject>>> {
    let pins = bindings.pins.clone();
    let bindings = bindings.clone();
    let found = bindings.job(move |sql| {
        let found = find(sql, &bucket, &key)?;
        if let Some((content, _)) = &found {
            pins.pin(*content, false);
        }
        Ok(found)
    });
    Box::pin(async move {
        let reader = found.await?.map(|(content, record)| Reader {
            record,
            pin: Pin { content, bindings },
        });
        Ok(reader.map(|reader| Box::new(reader) as Box<dyn StoredObject>))
    })
}

/// Starts a content.
pub(super) fn upload(bindings: &ProjectBindings) -> Outcome<Box<dyn Upload>> {
    let pins = bindings.pins.clone();
    let bindings = bindings.clone();
    let created = bindings.job(move |sql| {
        sql.prepare_cached("INSERT INTO r2_contents DEFAULT VALUES")?
            .execute([])?;
        let content = sql.last_insert_rowid();
        pins.pin(content, true);
        Ok(content)
    });
    Box::pin(async move {
        let writer = Writer {
            pin: Pin {
                content: created.await?,
                bindings,
            },
            length: Rc::default(),
        };
        Ok(Box::new(writer) as Box<dyn Upload>)
    })
}

/// Makes a content the object, and lets go of the one before.
pub(super) fn put(
    sql: &Transaction<'_>,
    pins: &Pins,
    bucket: &str,
    mut record: ObjectRecord,
    content: i64,
    condition: &Condition,
    now_ms: i64,
) -> Answer<Option<ObjectRecord>> {
    let before = find(sql, bucket, &record.key)?;
    if !condition.holds(before.as_ref().map(|(_, record)| record)) {
        return Ok(None);
    }
    record.uploaded = now_ms;
    sql.prepare_cached(
        "INSERT INTO r2_objects (bucket, key, content, record) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (bucket, key) DO UPDATE SET content = excluded.content, record = excluded.record",
    )?
    .execute(params![
        bucket,
        record.key.as_bytes(),
        content,
        to_json(&record)
    ])?;
    if let Some((content, _)) = before {
        sweep(sql, pins, content)?;
    }
    Ok(Some(record))
}

pub(super) fn delete(
    sql: &Transaction<'_>,
    pins: &Pins,
    bucket: &str,
    keys: &[String],
) -> Answer<()> {
    for key in keys {
        let Some((content, _)) = find(sql, bucket, key)? else {
            continue;
        };
        sql.prepare_cached("DELETE FROM r2_objects WHERE bucket = ?1 AND key = ?2")?
            .execute(params![bucket, key.as_bytes()])?;
        sweep(sql, pins, content)?;
    }
    Ok(())
}

pub(super) fn list(
    sql: &Transaction<'_>,
    bucket: &str,
    wanted: &ObjectRange,
) -> Answer<ObjectPage> {
    let mut range = ListRange::default().with_prefix(&wanted.prefix);
    if let Some(after) = &wanted.after {
        range = range.starting_after(after);
    }
    let delimiter = wanted.delimiter.as_deref().filter(|text| !text.is_empty());
    let mut page = ObjectPage::default();
    let mut last = None;
    loop {
        let mut select = sql.prepare_cached(
            "SELECT record FROM r2_objects WHERE bucket = ?1 AND key >= ?2 AND key < ?3
             ORDER BY key",
        )?;
        let mut rows = select.query(params![bucket, range.start, range.end])?;
        let mut group = None;
        while let Some(row) = rows.next()? {
            if page.objects.len() + page.prefixes.len() == wanted.limit {
                page.next = last;
                return Ok(page);
            }
            let record: ObjectRecord = from_json(row.get_ref(0)?.as_str().unwrap_or_default())?;
            let rest = record.key.get(wanted.prefix.len()..).unwrap_or_default();
            group = delimiter.and_then(|delimiter| {
                let end = rest.find(delimiter)? + delimiter.len();
                Some(format!("{}{}", wanted.prefix, &rest[..end]))
            });
            if group.is_some() {
                break;
            }
            last = Some(record.key.clone());
            page.objects.push(record);
        }
        // The objects of a group are passed over all at once, however many there are.
        let Some(group) = group else {
            return Ok(page);
        };
        let after_group = ListRange::default().with_prefix(&group).end;
        range.start = after_group;
        last = Some(format!("{group}\u{10ffff}"));
        page.prefixes.push(group);
    }
}

/// The object of a key, and its content.
pub(super) fn find(
    sql: &Connection,
    bucket: &str,
    key: &str,
) -> Answer<Option<(i64, ObjectRecord)>> {
    let found: Option<(i64, String)> = sql
        .prepare_cached("SELECT content, record FROM r2_objects WHERE bucket = ?1 AND key = ?2")?
        .query_row(params![bucket, key.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let parse = |(content, record): (i64, String)| Ok((content, from_json(&record)?));
    found.map(parse).transpose()
}

pub(super) fn to_json(record: &ObjectRecord) -> String {
    serde_json::to_string(record).expect("a record has nothing that JSON cannot say")
}

pub(super) fn from_json(text: &str) -> Answer<ObjectRecord> {
    serde_json::from_str(text)
        .map_err(|error| Refusal::said(format!("A stored object cannot be read: {error}")))
}
