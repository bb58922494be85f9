//! Owns the project's storage: one SQLite file, the one thread that touches it, and each room's view
//! of it. It knows bytes and keys; it never sees V8, sockets or a room's life cycle.
//!
//! A room's writes collect in its `overlay` until the room seals them into one batch. The storage
//! thread takes every batch that waits, of all rooms, commits once, and then acknowledges them.

#[cfg(test)]
mod alarm_tests;
mod cache;
mod emptying;
mod faults;
mod handle;
mod http_cache;
mod import;
mod internal_id;
#[cfg(test)]
mod job_tests;
mod legacy;
mod listing;
mod overlay;
mod presence;
#[cfg(test)]
mod renewal_tests;
mod request;
mod room;
mod schema;
mod snapshot;
mod table;
#[cfg(test)]
mod tests;
mod thread;

use std::io;
use std::path::{Path, PathBuf};

use partyrun_ops::storage_interface::StorageFailure;
use rusqlite::ErrorCode;

pub use faults::{WriteFault, WriteFaults};
pub use handle::StorageHandle;
pub use http_cache::serve as serve_cache;
pub use import::Notices;
pub use internal_id::internal_id;
pub use listing::{RoomSize, parties_of};
pub use request::{AlarmListener, RenewalListener};
pub use room::RoomStore;
pub use thread::StorageThread;

/// Where a project's storage lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In this file, which is created together with its folder when it is missing.
    File(PathBuf),
    /// In a file without a name, gone when the storage thread ends.
    Temporary,
}

/// Which room a storage belongs to. `party` and `name` decide; the rest is for other readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomIdentity {
    /// The party's name, `main` for the main party.
    pub party: String,
    /// The room's name exactly as the client wrote it, not decoded.
    pub name: String,
    /// The hexadecimal id that the original derives from `party` and `name` (specification, 3.6).
    pub internal_id: String,
}

/// Why the storage could not be opened or closed.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The folder of the storage file could not be made.
    #[error("{}", folder_text(path, source))]
    Folder { path: PathBuf, source: io::Error },
    /// Another process has the file open.
    #[error("The storage is in use by another process. Stop that, give each a folder of its own, or keep nothing with `--persist false`: `{}`", .path.display())]
    InUse { path: PathBuf },
    /// SQLite accepts no path of that length.
    #[error(
        "The path of the storage has `{length}` bytes, which is more than SQLite accepts. {ELSEWHERE}. At most: `{LONGEST_PATH}`"
    )]
    PathTooLong { length: usize },
    /// A later version of this program wrote the file.
    #[error(
        "The storage `{}` was written by a newer version of this program, its version is {found}, the newest known here: {known}",
        .path.display()
    )]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// It is a database, but of another program.
    #[error("The file is a database of another program, not a storage: `{}`", .path.display())]
    Foreign { path: PathBuf },
    /// SQLite refused.
    #[error("{}", open_text(path, source))]
    Open {
        path: PathBuf,
        source: rusqlite::Error,
    },
    /// The system refused to start the storage thread.
    #[error("Cannot start the storage thread: {0}")]
    Thread(io::Error),
    /// What was acknowledged is safe, but the file could not be tidied up.
    #[error("Cannot close the storage: {0}")]
    Close(rusqlite::Error),
    /// It opened, and then could not be read.
    #[error(transparent)]
    Failure(#[from] StorageFailure),
    /// The storage thread ended by a panic.
    #[error("The storage thread ended unexpectedly")]
    Ended,
}

/// Bytes of the longest path, links followed, that SQLite opens on Unix: of its buffer of 512 it keeps
/// some for the ends of the names of its other files.
const LONGEST_PATH: usize = 504;

/// What to do about a place that does not serve.
const ELSEWHERE: &str =
    "Name another folder with `--persist <folder>`, or keep nothing with `--persist false`";

fn folder_text(path: &Path, source: &io::Error) -> String {
    let path = path.display();
    match source.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            format!("The storage needs a folder, but a file is in its way. {ELSEWHERE}: `{path}`")
        }
        _ => format!("Cannot create the storage folder ({source}). {ELSEWHERE}: `{path}`"),
    }
}

fn open_text(path: &Path, source: &rusqlite::Error) -> String {
    let path = path.display();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => format!(
            "The storage is damaged ({source}). Move the file away to begin with an empty one. {ELSEWHERE}: `{path}`"
        ),
        Some(ErrorCode::DiskFull) => {
            format!("There is no space left for the storage ({source}). {ELSEWHERE}: `{path}`")
        }
        Some(
            ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::SystemIoFailure,
        ) => format!("The storage cannot be written ({source}). {ELSEWHERE}: `{path}`"),
        _ => format!("Cannot open the storage ({source}). {ELSEWHERE}: `{path}`"),
    }
}
