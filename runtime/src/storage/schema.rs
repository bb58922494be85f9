//! Owns opening the storage file: its settings, its tables and their version, and the refusal of
//! files that are not ours to touch. It never reads or writes entries.

use std::ffi::{c_int, c_void};
use std::fs;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Once;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::{LONGEST_PATH, Location, StorageError};

/// Goes into `user_version`. A higher number in a file means that a later program wrote it.
const VERSION: i64 = 1;

/// Marks a file as ours ("prun" in ASCII), so that another program's database is left alone.
const APPLICATION_ID: i64 = 0x7072_756e;

/// A predecessor that was just told to stop may hold the file for a moment longer.
const WAIT_FOR_PREDECESSOR: Duration = Duration::from_secs(1);

/// How many different statements stay prepared: more than the program has.
const PREPARED_STATEMENTS: usize = 96;

/// How many pages of a cache are made and touched at once: those of an empty storage and one to spare. SQLite's own
/// choice is twenty, and there is a storage for each space.
const FIRST_PAGES: c_int = 6;

const TABLES: &str = "
    CREATE TABLE rooms (
        id INTEGER PRIMARY KEY,
        party TEXT NOT NULL,
        name TEXT NOT NULL,
        internal_id TEXT NOT NULL,
        UNIQUE (party, name)
    ) STRICT;
    CREATE TABLE entries (
        room INTEGER NOT NULL,
        key BLOB NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (room, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alarms (
        room INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL
    ) STRICT;
";

/// Opens the storage and holds it for this process alone until the connection is closed.
pub(super) fn open(location: &Location) -> Result<Connection, StorageError> {
    static SETTINGS: Once = Once::new();
    SETTINGS.call_once(choose_first_pages);
    match location {
        Location::File(path) => open_file(path),
        Location::Temporary => open_temporary(),
    }
}

/// For all storages of the process, before the first.
fn choose_first_pages() {
    // SAFETY: the option takes a pointer and two integers, and no memory with the null pointer. SQLite refuses
    // it, and changes nothing, once it has been initialised; nobody else configures or initialises it beside
    // this, as the other databases of the program are opened when a storage has been.
    unsafe {
        ffi::sqlite3_config(
            ffi::SQLITE_CONFIG_PAGECACHE,
            ptr::null_mut::<c_void>(),
            0 as c_int,
            FIRST_PAGES,
        )
    };
}

fn open_file(path: &Path) -> Result<Connection, StorageError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| StorageError::Folder {
            path: folder.to_owned(),
            source,
        })?;
    }
    let refused = |source| refusal(path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(refused)?;
    // An exclusive lock is what keeps a second process out. The system drops it with the process,
    // however that ends, so there is no lock file to go stale.
    connection
        .busy_timeout(WAIT_FOR_PREDECESSOR)
        .and_then(|()| {
            connection.execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE;
                 PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = NORMAL;
                 PRAGMA journal_size_limit = 16777216;",
            )
        })
        .map_err(refused)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    migrate(&mut connection, path)?;
    Ok(connection)
}

fn open_temporary() -> Result<Connection, StorageError> {
    let path = PathBuf::from("(temporary)");
    let refused = |source| refusal(&path, source);
    // An empty name gives a database of its own that spills to disk when it outgrows memory.
    let mut connection = Connection::open("").map_err(refused)?;
    connection
        .execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")
        .map_err(refused)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    migrate(&mut connection, &path)?;
    Ok(connection)
}

/// Makes sure that the database that is attached by `name` is a storage of this version.
pub(super) fn check(connection: &Connection, name: &str) -> Result<(), StorageError> {
    let path = PathBuf::from(format!("({name})"));
    let number = |pragma: &str| {
        let sql = format!("PRAGMA {name}.{pragma}");
        let found = connection.query_row(&sql, [], |row| row.get::<_, i64>(0));
        found.map_err(|source| refusal(&path, source))
    };
    let (found, owner) = (number("user_version")?, number("application_id")?);
    match (owner, found) {
        (APPLICATION_ID, VERSION) => Ok(()),
        (APPLICATION_ID, found) => Err(StorageError::Newer {
            path,
            found,
            known: VERSION,
        }),
        _ => Err(StorageError::Foreign { path }),
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StorageError> {
    let refused = |source| refusal(path, source);
    let number = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .map_err(refused)
    };
    let found = number("PRAGMA user_version")?;
    let owner = number("PRAGMA application_id")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if owner != APPLICATION_ID && (owner != 0 || tables != 0) {
        return Err(StorageError::Foreign {
            path: path.to_owned(),
        });
    }
    if found > VERSION {
        return Err(StorageError::Newer {
            path: path.to_owned(),
            found,
            known: VERSION,
        });
    }
    if found == VERSION {
        return Ok(());
    }
    let create = |connection: &mut Connection| {
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()
    };
    create(connection).map_err(refused)
}

fn refusal(path: &Path, source: rusqlite::Error) -> StorageError {
    let length = length_of(path);
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) if length > LONGEST_PATH => {
            StorageError::PathTooLong { length }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StorageError::InUse { path },
        _ => StorageError::Open { path, source },
    }
}

/// Bytes of the path as SQLite has it: from the root, links followed.
pub(super) fn length_of(path: &Path) -> usize {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let real = folder
        .zip(path.file_name())
        .map(|(folder, name)| folder.join(name));
    real.as_deref().unwrap_or(path).as_os_str().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path of this many bytes below `folder`.
    fn of_length(folder: &Path, length: usize) -> PathBuf {
        let mut path = folder.canonicalize().expect("the folder is there");
        while length - path.as_os_str().len() > 220 {
            path.push("f".repeat(200));
        }
        let rest = length - path.as_os_str().len() - 1;
        path.join("s".repeat(rest))
    }

    #[test]
    fn a_path_that_is_too_long_says_so_and_the_longest_opens() {
        let scratch = tempfile::tempdir().expect("a scratch folder can be made");
        let longest = of_length(scratch.path(), LONGEST_PATH);
        drop(open(&Location::File(longest)).expect("opens"));
        for length in [LONGEST_PATH + 1, 600, 1000, 3000] {
            let path = of_length(scratch.path(), length);
            let error = open(&Location::File(path)).expect_err("is too long");
            assert!(
                matches!(error, StorageError::PathTooLong { length: found } if found == length),
                "{error}"
            );
            assert!(error.to_string().contains("--persist <folder>"), "{error}");
        }
        // What counts is where a link leads.
        let link = scratch.path().join("link");
        let deep = of_length(scratch.path(), 800);
        let folder = deep.parent().expect("it is in a folder");
        std::os::unix::fs::symlink(folder, &link).expect("linked");
        let error = open(&Location::File(link.join("storage"))).expect_err("is too long");
        assert!(matches!(error, StorageError::PathTooLong { .. }), "{error}");
    }

    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let path = folder.path().join("deep/er/partyrun.sqlite");
        (folder, path)
    }

    #[test]
    fn a_new_file_gets_its_folder_tables_and_version_and_opens_again() {
        let (_folder, path) = scratch();
        drop(open(&Location::File(path.clone())).expect("opens"));
        let again = open(&Location::File(path)).expect("opens again");
        let version: i64 = again
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .expect("has a version");
        let mode: String = again
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .expect("has a mode");
        assert_eq!((version, mode.as_str()), (VERSION, "wal"));
    }

    #[test]
    fn empty_storage_needs_as_many_pages_as_are_made_at_once() {
        let storage = open(&Location::Temporary).expect("opens");
        let pages: c_int = storage
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .expect("it is a number");
        assert!((FIRST_PAGES - 1..=FIRST_PAGES).contains(&pages), "{pages}");
    }

    #[test]
    fn a_file_in_use_is_named() {
        let (_folder, path) = scratch();
        let _held = open(&Location::File(path.clone())).expect("opens");
        let error = open(&Location::File(path.clone())).expect_err("is in use");
        assert!(matches!(&error, StorageError::InUse { path: named } if *named == path));
        assert!(error.to_string().contains(&*path.to_string_lossy()));
    }

    #[test]
    fn a_newer_file_is_refused() {
        let (_folder, path) = scratch();
        let connection = open(&Location::File(path.clone())).expect("opens");
        connection
            .pragma_update(None, "user_version", VERSION + 6)
            .expect("can be raised");
        drop(connection);
        let error = open(&Location::File(path)).expect_err("is newer");
        assert!(
            matches!(error, StorageError::Newer { found: 7, .. }),
            "{error}"
        );
        assert!(error.to_string().ends_with(": 1"), "{error}");
    }

    #[test]
    fn another_programs_database_and_a_text_file_are_refused() {
        let (folder, _) = scratch();
        let path = folder.path().join("other.sqlite");
        Connection::open(&path)
            .and_then(|other| other.execute_batch("CREATE TABLE t (x)"))
            .expect("can be made");
        let error = open(&Location::File(path)).expect_err("is foreign");
        assert!(matches!(error, StorageError::Foreign { .. }), "{error}");

        let text = folder.path().join("text");
        fs::write(&text, "not a database, and long enough to tell ".repeat(40)).expect("writes");
        let error = open(&Location::File(text)).expect_err("is no database");
        assert!(matches!(error, StorageError::Open { .. }), "{error}");
    }
}
