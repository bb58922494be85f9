//! Owns the SQL on entries, alarms and rooms, on the storage thread's connection. It opens no transaction of
//! its own accord and knows nothing of queues or acknowledgements.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use bytes::Bytes;
use partyrun_ops::storage_interface::{AlarmTime, Entry, ListRange, StorageFailure};
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};

use super::RoomIdentity;
use super::overlay::Layer;

/// A page of a list ends once it holds this many bytes, so that one room's long list neither makes the
/// other rooms wait nor is held twice in memory.
const PAGE_BYTES: usize = 1024 * 1024;

/// A page of a list holds at most so many entries.
const PAGE_ENTRIES: usize = 2048;

/// No room has this number: SQLite counts from 1.
const UNNUMBERED: i64 = 0;

/// What the storage thread knows of a room. Shared with the room, which does not look inside.
pub(super) struct RoomSlot {
    identity: RoomIdentity,
    number: AtomicI64,
    /// Which storage it belongs to, of those that were at the path one after the other.
    epoch: u64,
    /// Whether it is decided that the room has nothing (more) to import.
    settled: AtomicBool,
    /// Set by the first batch that failed. Later ones must fail too, or the room would be left with
    /// a state that it never had.
    pub(super) failure: OnceLock<StorageFailure>,
}

impl RoomSlot {
    pub(super) fn new(identity: RoomIdentity, epoch: u64) -> Self {
        Self {
            identity,
            epoch,
            number: AtomicI64::new(UNNUMBERED),
            settled: AtomicBool::new(false),
            failure: OnceLock::new(),
        }
    }

    pub(super) fn identity(&self) -> &RoomIdentity {
        &self.identity
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }

    pub(super) fn settle(&self) {
        self.settled.store(true, Ordering::Relaxed);
    }
}

/// A part of a list, in the list's order.
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    /// Whether the range holds more entries after these.
    pub(super) more: bool,
}

/// The tables, and the rooms numbered since the last commit.
pub(super) struct Table {
    connection: Connection,
    fresh: Vec<Arc<RoomSlot>>,
}

impl Table {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            fresh: Vec::new(),
        }
    }

    /// Goes on with another database. The old one is left as it is, its log too: whoever moved it away has
    /// all that was committed.
    pub(super) fn replace(&mut self, connection: Connection) {
        // Without it, closing could delete a log that by now belongs to another database of this name.
        let _ = self
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        self.fresh.clear();
        self.connection = connection;
    }

    /// Puts what is in the write-ahead log into the file, as far as it can be done.
    pub(super) fn finish_log(&self) {
        let _ = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    /// Puts what is in the write-ahead log into the file and makes a new log.
    pub(super) fn renew_log(&self) -> rusqlite::Result<()> {
        self.connection
            .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL;")
    }

    /// The connection, for work outside any transaction.
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    pub(super) fn begin(&self) -> rusqlite::Result<()> {
        self.run("BEGIN IMMEDIATE")
    }

    pub(super) fn commit(&mut self) -> rusqlite::Result<()> {
        self.run("COMMIT")?;
        self.fresh.clear();
        Ok(())
    }

    /// Ends the transaction, if SQLite has not done so itself, as it does when the disk is full.
    pub(super) fn rollback(&mut self) -> rusqlite::Result<()> {
        for room in self.fresh.drain(..) {
            room.number.store(UNNUMBERED, Ordering::Relaxed);
        }
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.run("ROLLBACK")
    }

    pub(super) fn close(self) -> rusqlite::Result<()> {
        self.connection.close().map_err(|(_, error)| error)
    }

    /// Applies a batch inside the open transaction.
    pub(super) fn apply(&mut self, room: &Arc<RoomSlot>, batch: &Layer) -> rusqlite::Result<()> {
        let number = match self.number(room)? {
            Some(number) => number,
            None if writes_nothing(batch) => return Ok(()),
            None => self.enrol(room)?,
        };
        match batch.alarm {
            None => {}
            Some(Some(at)) => {
                self.connection
                    .prepare_cached(
                        "INSERT INTO alarms (room, at_ms) VALUES (?1, ?2)
                         ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms",
                    )?
                    .execute([number, at])?;
            }
            Some(None) => {
                self.connection
                    .prepare_cached("DELETE FROM alarms WHERE room = ?1")?
                    .execute([number])?;
            }
        }
        if batch.clears {
            self.connection
                .prepare_cached("DELETE FROM entries WHERE room = ?1")?
                .execute([number])?;
        }
        let mut set = self.connection.prepare_cached(
            "INSERT INTO entries (room, key, value) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET value = excluded.value",
        )?;
        let mut remove = self
            .connection
            .prepare_cached("DELETE FROM entries WHERE room = ?1 AND key = ?2")?;
        for (key, value) in &batch.changes {
            match value {
                Some(value) => set.execute(params![number, key, value.as_ref()])?,
                None => remove.execute(params![number, key])?,
            };
        }
        Ok(())
    }

    /// The values of `keys`, in their order.
    pub(super) fn read(
        &self,
        room: &RoomSlot,
        keys: &[Vec<u8>],
    ) -> rusqlite::Result<Vec<Option<Bytes>>> {
        let Some(number) = self.number(room)? else {
            return Ok(vec![None; keys.len()]);
        };
        let mut select = self
            .connection
            .prepare_cached("SELECT value FROM entries WHERE room = ?1 AND key = ?2")?;
        keys.iter()
            .map(|key| {
                select
                    .query_row(params![number, key], |row| blob(row.get_ref(0)?))
                    .optional()
            })
            .collect()
    }

    /// When the room's alarm is due.
    pub(super) fn alarm(&self, room: &RoomSlot) -> rusqlite::Result<AlarmTime> {
        let Some(number) = self.number(room)? else {
            return Ok(None);
        };
        self.connection
            .prepare_cached("SELECT at_ms FROM alarms WHERE room = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()
    }

    /// Party, name and due time of every room that has an alarm.
    pub(super) fn alarms(&self) -> rusqlite::Result<Vec<(String, String, i64)>> {
        let mut select = self.connection.prepare(
            "SELECT party, name, at_ms FROM alarms JOIN rooms ON rooms.id = alarms.room",
        )?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    }

    /// The first entries of a range.
    pub(super) fn list(&self, room: &RoomSlot, range: &ListRange) -> rusqlite::Result<Page> {
        let mut page = Page {
            entries: Vec::new(),
            more: false,
        };
        let Some(number) = self.number(room)? else {
            return Ok(page);
        };
        let mut select = self.connection.prepare_cached(if range.reverse {
            "SELECT key, value FROM entries WHERE room = ?1 AND key >= ?2 AND key < ?3
             ORDER BY key DESC LIMIT ?4"
        } else {
            "SELECT key, value FROM entries WHERE room = ?1 AND key >= ?2 AND key < ?3
             ORDER BY key LIMIT ?4"
        })?;
        let wanted = range.limit.unwrap_or(usize::MAX).min(PAGE_ENTRIES);
        let limit = i64::try_from(wanted).expect("a page's length fits");
        let mut rows = select.query(params![number, range.start, range.end, limit])?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let value = blob(row.get_ref(1)?)?;
            bytes += value.len();
            page.entries.push((key(row.get_ref(0)?)?, value));
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        // A page cut short by its length or size; a limit that was reached is the caller's to see.
        page.more = page.entries.len() == wanted || bytes >= PAGE_BYTES;
        Ok(page)
    }

    /// Whether the room has been written to, or imported.
    pub(super) fn knows(&self, room: &RoomSlot) -> rusqlite::Result<bool> {
        Ok(self.number(room)?.is_some())
    }

    /// Adds an entry to a room that does not have it.
    pub(super) fn insert(&self, number: i64, key: &[u8], value: &[u8]) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("INSERT INTO entries (room, key, value) VALUES (?1, ?2, ?3)")?
            .execute(params![number, key, value])?;
        Ok(())
    }

    fn number(&self, room: &RoomSlot) -> rusqlite::Result<Option<i64>> {
        let known = room.number.load(Ordering::Relaxed);
        if known != UNNUMBERED {
            return Ok(Some(known));
        }
        let found = self
            .connection
            .prepare_cached("SELECT id FROM rooms WHERE party = ?1 AND name = ?2")?
            .query_row([&room.identity.party, &room.identity.name], |row| {
                row.get(0)
            })
            .optional()?;
        if let Some(number) = found {
            room.number.store(number, Ordering::Relaxed);
        }
        Ok(found)
    }

    /// Gives the room its number, inside the open transaction.
    pub(super) fn enrol(&mut self, room: &Arc<RoomSlot>) -> rusqlite::Result<i64> {
        let RoomIdentity {
            party,
            name,
            internal_id,
        } = &room.identity;
        self.connection
            .prepare_cached("INSERT INTO rooms (party, name, internal_id) VALUES (?1, ?2, ?3)")?
            .execute([party, name, internal_id])?;
        let number = self.connection.last_insert_rowid();
        room.number.store(number, Ordering::Relaxed);
        self.fresh.push(room.clone());
        Ok(number)
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }
}

/// Whether a room without a row would be the same after `batch`.
fn writes_nothing(batch: &Layer) -> bool {
    batch.changes.values().all(Option::is_none) && batch.alarm.flatten().is_none()
}

fn blob(value: ValueRef<'_>) -> rusqlite::Result<Bytes> {
    Ok(Bytes::copy_from_slice(value.as_blob()?))
}

fn key(value: ValueRef<'_>) -> rusqlite::Result<String> {
    let text = str::from_utf8(value.as_blob()?)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::identity;
    use super::super::{Location, schema};
    use super::*;

    fn table() -> Table {
        let connection = schema::open(&Location::Temporary);
        Table::new(connection.expect("a temporary storage opens"))
    }

    fn put(table: &mut Table, room: &Arc<RoomSlot>, keys: &[&str], value: &[u8]) {
        let mut layer = Layer::default();
        for key in keys {
            let value = Bytes::copy_from_slice(value);
            layer.changes.insert(key.as_bytes().to_vec(), Some(value));
        }
        table.apply(room, &layer).expect("applies");
    }

    #[test]
    fn a_room_rolled_back_is_enrolled_again_by_its_next_write() {
        let mut table = table();
        let room = Arc::new(RoomSlot::new(identity("a"), 0));
        let other = Arc::new(RoomSlot::new(identity("b"), 0));
        table.begin().expect("begins");
        put(&mut table, &room, &["k"], b"1");
        table.rollback().expect("rolls back");
        put(&mut table, &other, &["k"], b"other");
        put(&mut table, &room, &["k"], b"2");
        let values = table.read(&room, &[b"k".to_vec()]).expect("reads");
        assert_eq!(values, [Some(Bytes::from_static(b"2"))]);
    }

    #[test]
    fn removing_from_an_unknown_room_writes_no_row() {
        let mut table = table();
        let room = Arc::new(RoomSlot::new(identity("a"), 0));
        let layer = Layer {
            clears: true,
            changes: [(b"k".to_vec(), None)].into(),
            alarm: Some(None),
        };
        table.apply(&room, &layer).expect("applies");
        let rooms: i64 = table
            .connection
            .query_row("SELECT count(*) FROM rooms", [], |row| row.get(0))
            .expect("counts");
        assert_eq!(rooms, 0);
    }

    #[test]
    fn a_long_list_comes_in_pages() {
        let mut table = table();
        let room = Arc::new(RoomSlot::new(identity("a"), 0));
        put(&mut table, &room, &["a", "b", "c"], &[7; PAGE_BYTES / 2]);
        let page = table.list(&room, &ListRange::default()).expect("lists");
        assert_eq!((page.entries.len(), page.more), (2, true));
    }
}
