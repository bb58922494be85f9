//! Where a server that keeps its storage in a folder can be asked about it: a file beside the storage, which
//! `partyrun storage` reads. Owns the file; what may be asked is `control`'s.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The name of the file in the folder of the storage.
const FILE: &str = "partyrun.serving.json";

/// Where a server can be asked about its storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    pub url: String,
    /// The bearer token.
    pub token: String,
    /// The process that serves.
    pub pid: u32,
}

impl Whereabouts {
    /// What the file in `folder` says, if there is one. Its server may be gone by now: one that was killed has
    /// left it.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Whereabouts> {
        let text = fs::read_to_string(folder.join(FILE)).ok()?;
        let fields: Value = serde_json::from_str(&text).ok()?;
        let field = |name: &str| Some(fields[name].as_str()?.to_owned());
        Some(Whereabouts {
            url: field("url")?,
            token: field("token")?,
            pid: u32::try_from(fields["pid"].as_u64()?).ok()?,
        })
    }

    /// Nobody sees a part of it, and only this user can read it.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let Whereabouts { url, token, pid } = self;
        let text = format!("{}\n", json!({ "url": url, "token": token, "pid": pid }));
        let unfinished = folder.join(format!("{FILE}.{pid}"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(&unfinished)?.write_all(text.as_bytes())?;
        fs::rename(&unfinished, folder.join(FILE))
    }

    /// Removes the file, if it is still this server's.
    fn remove(&self, folder: &Path) {
        if Whereabouts::read(folder).as_ref() == Some(self) {
            // One that stays is noticed as one of a server that was killed.
            let _ = fs::remove_file(folder.join(FILE));
        }
    }
}

/// A server that can be asked about its storage. The file goes when this is dropped.
pub struct Attendance {
    pub(super) folder: PathBuf,
    pub(super) whereabouts: Whereabouts,
}

impl Drop for Attendance {
    fn drop(&mut self) {
        self.whereabouts.remove(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn whereabouts(pid: u32) -> Whereabouts {
        Whereabouts {
            url: "http://127.0.0.1:4001".to_owned(),
            token: "secret".to_owned(),
            pid,
        }
    }

    #[test]
    fn only_this_user_reads_the_file_and_it_goes_with_its_server() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path();
        whereabouts(1).write(folder).expect("writable");
        assert_eq!(Whereabouts::read(folder), Some(whereabouts(1)));
        let mode = fs::metadata(folder.join(FILE)).expect("it is there");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        let attendance = Attendance {
            folder: folder.to_owned(),
            whereabouts: whereabouts(1),
        };
        drop(attendance);
        let left = fs::read_dir(folder).expect("readable").count();
        assert_eq!(left, 0, "nothing half written stays");
    }

    #[test]
    fn the_file_of_another_server_stays() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path().to_owned();
        whereabouts(2).write(&folder).expect("writable");
        drop(Attendance {
            folder: folder.clone(),
            whereabouts: whereabouts(1),
        });
        assert_eq!(Whereabouts::read(&folder), Some(whereabouts(2)));
    }

    #[test]
    fn a_file_that_says_nothing_is_none() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        for text in [
            "",
            "{}",
            "{\"url\":\"http://127.0.0.1:1\",\"token\":1}",
            "[1",
        ] {
            fs::write(scratch.path().join(FILE), text).expect("writable");
            assert_eq!(Whereabouts::read(scratch.path()), None, "{text}");
        }
    }
}
