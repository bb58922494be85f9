//! Whether the files that are open are still those at their path: somebody may delete, move or replace
//! them while they are in use. Opens nothing.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often it is looked when nobody asks for anything.
pub(super) const PERIOD: Duration = Duration::from_millis(250);
/// Under load, it is not looked more often than this.
const SHORTEST: Duration = Duration::from_millis(10);
/// What could not begin anew is not tried again at once.
const RETRY: Duration = Duration::from_secs(1);
/// Whoever removes a folder removes what is in it first, one by one.
const REMOVAL: Duration = Duration::from_millis(50);

/// What is at the path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    Same,
    /// The database is the same; its write-ahead log is not.
    OtherLog,
    Nothing,
    Other,
}

/// The files of an open database, as they were when it was opened.
pub(super) struct Presence {
    path: PathBuf,
    log: PathBuf,
    opened: Option<FileId>,
    /// The log is made with the first write.
    opened_log: Option<FileId>,
    next: Instant,
}

/// What a name stands for, whatever its content.
type FileId = (u64, u64);

impl Presence {
    /// Takes the files at `path` as those that are open.
    pub(super) fn of(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let log = PathBuf::from(log);
        Self {
            opened: identity(path),
            opened_log: identity(&log),
            path: path.to_owned(),
            log,
            next: Instant::now() + SHORTEST,
        }
    }

    /// Nothing can be done about what was found: it is looked again later.
    pub(super) fn wait(&mut self) {
        self.next = Instant::now() + RETRY;
    }

    /// Removes what is left of the old files at the path, or a new database would be mixed with them.
    /// `finish` puts what is in the log into the old file, wherever that is by now.
    pub(super) fn clear(&self, finish: impl FnOnce()) {
        if identity(&self.path) == self.opened {
            // Emptied: it cannot be mended, and the old connection holds a lock on it.
            let _ = fs::remove_file(&self.path);
        } else {
            finish();
        }
        if self.opened_log.is_some() && identity(&self.log) == self.opened_log {
            let _ = fs::remove_file(&self.log);
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks, if it is time to.
    pub(super) fn look(&mut self) -> Found {
        let now = Instant::now();
        if now < self.next {
            return Found::Same;
        }
        self.next = now + SHORTEST;
        if database(&self.path) != self.opened {
            std::thread::sleep(REMOVAL);
            return match database(&self.path) {
                None => Found::Nothing,
                same if same == self.opened => Found::Same,
                Some(_) => Found::Other,
            };
        }
        let log = identity(&self.log);
        if self.opened_log.is_none() {
            self.opened_log = log;
        }
        match log == self.opened_log {
            true => Found::Same,
            false => Found::OtherLog,
        }
    }
}

/// The database at `path`. An emptied one is none.
fn database(path: &Path) -> Option<FileId> {
    let metadata = fs::metadata(path).ok()?;
    (metadata.len() > 0).then(|| id(&metadata))
}

fn identity(path: &Path) -> Option<FileId> {
    Some(id(&fs::metadata(path).ok()?))
}

fn id(metadata: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}
