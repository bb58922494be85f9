//! Copies of a whole storage: taken as the bytes of a file, and given to a new, temporary storage. Never
//! touches a storage that is kept.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{Location, StorageError, schema};

/// A folder of its own that nobody else of the machine reads, for a moment.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Self> {
        let name = format!("partyrun-{}", uuid::Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        builder.create(&path)?;
        Ok(Scratch(path))
    }

    fn file(&self) -> PathBuf {
        self.0.join("snapshot")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is the system's to sweep.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn refused(path: &Path) -> impl Fn(rusqlite::Error) -> StorageError {
    let path = path.to_owned();
    move |source| StorageError::Open {
        path: path.clone(),
        source,
    }
}

fn folder(source: std::io::Error) -> StorageError {
    StorageError::Folder {
        path: std::env::temp_dir(),
        source,
    }
}

/// The bytes of a file with all that `connection` has stored.
pub(super) fn take(connection: &Connection) -> Result<Vec<u8>, StorageError> {
    let scratch = Scratch::new().map_err(folder)?;
    let file = scratch.file();
    let name = file.to_string_lossy();
    connection
        .execute("VACUUM INTO ?1", [&*name])
        .map_err(refused(&file))?;
    fs::read(&file).map_err(folder)
}

/// A new temporary storage with what is in `snapshot`.
///
/// # Errors
/// When it is no storage, or one of another version.
pub(super) fn open(snapshot: &[u8]) -> Result<Connection, StorageError> {
    let scratch = Scratch::new().map_err(folder)?;
    let file = scratch.file();
    fs::write(&file, snapshot).map_err(folder)?;
    let mut connection = schema::open(&Location::Temporary)?;
    let name = file.to_string_lossy();
    let refused = refused(Path::new("(snapshot)"));
    connection
        .execute("ATTACH DATABASE ?1 AS snapshot", [&*name])
        .map_err(&refused)?;
    schema::check(&connection, "snapshot")?;
    copy(&mut connection).map_err(&refused)?;
    connection
        .execute_batch("DETACH DATABASE snapshot")
        .map_err(&refused)?;
    Ok(connection)
}

fn copy(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let parts: Vec<(String, String, String)> = {
        let mut statement = transaction.prepare(
            "SELECT type, name, sql FROM snapshot.sqlite_schema
             WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    for (kind, name, sql) in parts {
        let is_there: bool = transaction.query_row(
            "SELECT count(*) > 0 FROM main.sqlite_schema WHERE name = ?1",
            [&name],
            |row| row.get(0),
        )?;
        if !is_there {
            transaction.execute_batch(&sql)?;
        }
        if kind == "table" {
            let name = name.replace('"', "\"\"");
            transaction.execute_batch(&format!(
                "INSERT INTO main.\"{name}\" SELECT * FROM snapshot.\"{name}\""
            ))?;
        }
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back_and_other_files_are_refused() {
        let before = schema::open(&Location::Temporary).expect("opens");
        before
            .execute_batch(
                "INSERT INTO rooms VALUES (1, 'main', 'r', 'x'); INSERT INTO alarms VALUES (1, 7);
                 CREATE TABLE \"of \"\"others\" (a); INSERT INTO \"of \"\"others\" VALUES (5);
                 CREATE INDEX ordered ON \"of \"\"others\" (a);",
            )
            .expect("writes");
        let snapshot = take(&before).expect("is taken");
        let after = open(&snapshot).expect("opens");
        let number = |sql: &str| after.query_row(sql, [], |row| row.get::<_, i64>(0));
        assert_eq!(number("SELECT at_ms FROM alarms"), Ok(7));
        assert_eq!(number("SELECT a FROM \"of \"\"others\""), Ok(5));
        assert_eq!(
            number("SELECT count(*) FROM sqlite_schema WHERE name = 'ordered'"),
            Ok(1)
        );
        before
            .pragma_update(None, "user_version", 99)
            .expect("can be raised");
        let newer = open(&take(&before).expect("is taken")).expect_err("is newer");
        assert!(
            matches!(newer, StorageError::Newer { found: 99, .. }),
            "{newer}"
        );
        assert!(open(b"no database, and long enough to tell").is_err());
        let other = Connection::open("").expect("opens");
        other.execute_batch("CREATE TABLE t (a)").expect("writes");
        let foreign = open(&take(&other).expect("is taken")).expect_err("is foreign");
        assert!(matches!(foreign, StorageError::Foreign { .. }), "{foreign}");
    }
}
