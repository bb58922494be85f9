//! Owns reading the files in which the original keeps its rooms (specification, sections 3.6 and 6):
//! one SQLite file for each room, with values in V8's own format, as they are here. It never writes to
//! them, nor beside them, so that the original still finds what it left.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tempfile::TempDir;

use super::internal_id::unique_key;
use super::{LONGEST_PATH, RoomIdentity, schema};

/// Why a room of the original cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LegacyError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("it is another program's database, it has no table `_cf_KV`")]
    Foreign,
    #[error("the value of the key `{0}` is not a blob")]
    Value(String),
}

/// Where the original keeps its rooms: `party/<namespace>/<id>.sqlite` in the state folder.
pub(super) struct LegacyFolder(PathBuf);

impl LegacyFolder {
    /// The folder for a storage file of ours, beside which it lies.
    pub(super) fn beside(storage: &Path) -> Self {
        let state = storage.parent().unwrap_or(Path::new(""));
        Self(state.join("party"))
    }

    /// The file of a room, when there is one with something in it.
    pub(super) fn find(&self, room: &RoomIdentity) -> Option<PathBuf> {
        let name = format!("{}.sqlite", room.internal_id);
        let file = self.0.join(unique_key(&room.party)).join(name);
        let has_bytes = |path: &Path| fs::metadata(path).is_ok_and(|data| data.len() > 0);
        (has_bytes(&file) || has_bytes(&write_ahead_log(&file))).then_some(file)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

/// An open room of the original.
pub(super) struct LegacyRoom {
    connection: Connection,
    /// Holds the copy that `connection` reads; it goes after it.
    _copy: Option<TempDir>,
}

impl LegacyRoom {
    /// Opens a room's file. What the original had not yet moved from the write-ahead log into the file
    /// is only readable by a connection that may write, so such a pair is copied first; and so is a file
    /// whose path is too long for SQLite.
    pub(super) fn open(file: &Path) -> Result<Self, LegacyError> {
        let log = write_ahead_log(file);
        let has_log = fs::metadata(&log).is_ok_and(|data| data.len() > 0);
        if has_log || schema::length_of(file) > LONGEST_PATH {
            let folder = TempDir::with_prefix("partyrun-import-")?;
            let copy = folder.path().join("room.sqlite");
            fs::copy(file, &copy)?;
            if has_log {
                fs::copy(&log, write_ahead_log(&copy))?;
            }
            return Ok(Self {
                connection: Connection::open(&copy)?,
                _copy: Some(folder),
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self {
            connection: Connection::open_with_flags(immutable_uri(file), flags)?,
            _copy: None,
        })
    }

    /// Gives every entry to `take`, in key order.
    pub(super) fn entries<E: From<LegacyError>>(
        &self,
        mut take: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let refused = |error: rusqlite::Error| E::from(LegacyError::Sqlite(error));
        if !self.has_entries()? {
            return Ok(());
        }
        let mut select = self
            .connection
            .prepare("SELECT CAST(key AS BLOB), value FROM _cf_KV ORDER BY key")
            .map_err(refused)?;
        let mut rows = select.query([]).map_err(refused)?;
        while let Some(row) = rows.next().map_err(refused)? {
            let key = row.get_ref(0).map_err(refused)?;
            let key = key.as_bytes().unwrap_or_default();
            let text = str::from_utf8(key).map_err(|error| refused(error.into()))?;
            match row.get_ref(1).map_err(refused)? {
                ValueRef::Blob(value) => take(key, value)?,
                _ => return Err(LegacyError::Value(text.to_owned()).into()),
            }
        }
        Ok(())
    }

    /// A room that the original only looked at has a file without a table.
    fn has_entries(&self) -> Result<bool, LegacyError> {
        let names = |sql: &str| {
            self.connection
                .query_row(sql, [], |_| Ok(()))
                .optional()
                .map(|row| row.is_some())
        };
        if names("SELECT 1 FROM sqlite_schema WHERE name = '_cf_KV' AND type = 'table'")? {
            return Ok(true);
        }
        if names("SELECT 1 FROM sqlite_schema WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'")? {
            return Err(LegacyError::Foreign);
        }
        Ok(false)
    }
}

fn write_ahead_log(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Promises SQLite that nobody changes the file, so that it makes no files of its own beside it.
fn immutable_uri(file: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in file.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            write!(uri, "%{byte:02X}").expect("writing to a String");
        }
    }
    uri.push_str("?immutable=1");
    uri
}
