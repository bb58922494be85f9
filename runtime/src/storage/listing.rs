//! Which rooms have anything stored. Reads names only.

use partyrun_ops::storage_interface::StorageFailure;
use rusqlite::Connection;

use super::StorageHandle;
use super::request::ended;

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
}

fn names(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut select = connection.prepare_cached("SELECT party, name FROM rooms")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
