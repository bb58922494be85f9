//! Which rooms have anything stored, and how much. Reads no values.

use partyrun_ops::storage_interface::StorageFailure;
use rusqlite::Connection;

use super::request::ended;
use super::{Location, StorageError, StorageHandle, schema};

/// How much a room has stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSize {
    pub party: String,
    pub name: String,
    pub entries: u64,
    /// Of keys and values.
    pub bytes: u64,
}

impl StorageHandle {
    /// Party and name of each room that has stored something, in no order.
    ///
    /// # Errors
    /// When the storage is closed, or cannot be read.
    pub async fn rooms(&self) -> Result<Vec<(String, String)>, StorageFailure> {
        let names = self.run(|connection| names(connection)).await;
        let names = names.map_err(|_| ended())?;
        names.map_err(|error| StorageFailure::new(error.to_string()))
    }

    /// How much each of these rooms has stored, in no order. Takes longer the more that is.
    ///
    /// # Errors
    /// When the storage is closed, or cannot be read.
    pub async fn sizes(&self) -> Result<Vec<RoomSize>, StorageFailure> {
        let sizes = self.run(|connection| sizes(connection)).await;
        let sizes = sizes.map_err(|_| ended())?;
        sizes.map_err(|error| StorageFailure::new(error.to_string()))
    }
}

/// The parties whose rooms have stored something at `location`, which nobody else may have open.
///
/// # Errors
/// When it cannot be opened, is in use, or is no storage.
pub fn parties_of(location: &Location) -> Result<Vec<String>, StorageError> {
    let connection = schema::open(location)?;
    let parties = || {
        let mut select = connection.prepare("SELECT DISTINCT party FROM rooms ORDER BY party")?;
        let rows = select.query_map([], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<Vec<String>>>()
    };
    parties().map_err(|error| StorageFailure::new(error.to_string()).into())
}

fn names(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut select = connection.prepare_cached("SELECT party, name FROM rooms")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn sizes(connection: &Connection) -> rusqlite::Result<Vec<RoomSize>> {
    // The length of a blob is known without reading it.
    let mut select = connection.prepare_cached(
        "SELECT party, name, count(key), coalesce(sum(length(key) + length(value)), 0)
         FROM rooms LEFT JOIN entries ON entries.room = rooms.id GROUP BY rooms.id",
    )?;
    let rows = select.query_map([], |row| {
        let number = |at: usize| row.get(at).map(|number: i64| number.unsigned_abs());
        Ok(RoomSize {
            party: row.get(0)?,
            name: row.get(1)?,
            entries: number(2)?,
            bytes: number(3)?,
        })
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use partyrun_ops::storage_interface::RoomStorage;

    use super::super::tests::{room, temporary};

    #[test]
    fn entries_and_their_bytes_are_counted_for_each_room() {
        let storage = temporary();
        let full = room(&storage, "full");
        full.put("key".to_owned(), "12345".into());
        full.put("k".to_owned(), "1".into());
        full.seal();
        let emptied = room(&storage, "emptied");
        emptied.put("k".to_owned(), "1".into());
        emptied.seal();
        emptied.delete_all();
        emptied.seal();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let sizes = runtime.expect("a runtime").block_on(storage.sizes());
        let mut sizes: Vec<_> = sizes
            .expect("the storage is open")
            .into_iter()
            .map(|size| (size.name, size.entries, size.bytes))
            .collect();
        sizes.sort();
        assert_eq!(
            sizes,
            [("emptied".to_owned(), 0, 0), ("full".to_owned(), 2, 10)]
        );
    }
}
