//! The storage, or what one room has of it, is emptied in its place, also where it is kept in a folder. Rows of
//! rooms stay: a room that has one is not imported again from what the original stored.

use std::sync::{Arc, Mutex, PoisonError};

use partyrun_ops::storage_interface::{RoomStorage, StorageFailure};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::request::{Request, ended};
use super::{RoomIdentity, StorageHandle};

impl StorageHandle {
    /// Deletes all that is stored, of rooms and of bindings. Whoever remembers any of it hears as of a storage
    /// that was replaced.
    ///
    /// # Errors
    /// When the storage is closed, or cannot be written.
    pub async fn empty(&self) -> Result<(), StorageFailure> {
        let (reply, emptied) = oneshot::channel();
        self.sender
            .send(Request::Empty(reply))
            .map_err(|_| ended())?;
        emptied.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Deletes what a room has stored, its alarm too. The room must have no thread: it would remember.
    ///
    /// # Errors
    /// When the storage is closed, or cannot be written.
    pub async fn empty_room(&self, room: RoomIdentity) -> Result<(), StorageFailure> {
        let (committed, outcome) = oneshot::channel();
        let committed = Mutex::new(Some(committed));
        let listener = move |_: u64, failure: Option<&StorageFailure>| {
            let waiting = committed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(committed) = waiting {
                // Whoever asked may have given up.
                let _ = committed.send(failure.map_or(Ok(()), |failure| Err(failure.clone())));
            }
        };
        let store = self.room(room, Arc::new(listener));
        store.delete_all();
        store.set_alarm(None);
        match store.seal() {
            Some(_) => outcome.await.unwrap_or_else(|_| Err(ended())),
            None => Ok(()),
        }
    }
}

/// Deletes every row but those that say which rooms there are.
pub(super) fn empty(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let tables: Vec<String> = {
        let mut statement = transaction.prepare(
            "SELECT name FROM sqlite_schema
             WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'rooms'",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    for name in tables {
        let name = name.replace('"', "\"\"");
        transaction.execute_batch(&format!("DELETE FROM \"{name}\""))?;
    }
    transaction.commit()?;
    // The file keeps its length otherwise. It is right without, too.
    let _ = connection.execute_batch("VACUUM");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{identity, room, temporary};
    use super::*;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(future)
    }

    #[test]
    fn a_room_that_is_emptied_has_neither_entries_nor_an_alarm_and_others_keep_theirs() {
        let storage = temporary();
        for name in ["a", "b"] {
            let room = room(&storage, name);
            room.put("k".to_owned(), "v".into());
            room.set_alarm(Some(7));
            room.seal();
        }
        wait(storage.empty_room(identity("a"))).expect("the storage is open");
        let found = |name: &str| {
            let room = room(&storage, name);
            (
                room.get("k").expect("reads").is_some(),
                room.alarm().expect("reads"),
            )
        };
        assert_eq!(found("a"), (false, None));
        assert_eq!(found("b"), (true, Some(7)));
    }

    #[test]
    fn a_storage_that_is_emptied_is_another_to_rooms_and_tables_of_others_are_emptied_too() {
        let storage = temporary();
        let before = room(&storage, "a");
        before.put("k".to_owned(), "v".into());
        before.seal();
        let fill = "CREATE TABLE \"of \"\"others\" (it); INSERT INTO \"of \"\"others\" VALUES (1)";
        wait(storage.run(|connection| connection.execute_batch(fill)))
            .expect("the storage is open")
            .expect("writes");
        wait(storage.empty()).expect("the storage is open");
        assert!(before.get("other").is_err(), "it would mix both");
        assert_eq!(room(&storage, "a").get("k"), Ok(None));
        let count = wait(storage.run(|connection| {
            let sql = "SELECT count(*) FROM \"of \"\"others\"";
            connection.query_row(sql, [], |row| row.get::<_, i64>(0))
        }));
        assert_eq!(count.expect("the storage is open"), Ok(0));
    }
}
