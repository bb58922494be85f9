//! Watches files by watching their folders, and says which of them changed. Knows nothing of what
//! the files mean, and never reads them. What the system keeps to itself, `look` sees.
//!
//! Folders, not files: an editor that saves by renaming a new file into place leaves a watch on the
//! old one behind, and a file that vanished must be noticed when it comes back.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::look::{Looker, Sights};

/// A save is complete once its files were quiet for this long: editors write in several steps, and every
/// millisecond here is one the user waits.
pub const QUIET: Duration = Duration::from_millis(10);
/// What never becomes quiet is dealt with all the same.
const BURST: Duration = Duration::from_millis(100);

/// Everything that arrives until it was quiet for this long: one save is many changes.
pub fn burst<T>(inbox: &Receiver<T>, quiet: Duration) -> Vec<T> {
    let end = Instant::now() + BURST;
    let mut messages = Vec::new();
    while let Ok(message) = inbox.recv_timeout(quiet) {
        messages.push(message);
        if Instant::now() > end {
            break;
        }
    }
    messages
}

/// What the system said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Path(PathBuf),
    /// Events were lost: any file may have changed.
    Unknown,
}

#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("Could not watch files ({0}), so they are checked twice a second")]
    Start(notify::Error),
    #[error("Could not watch a folder ({error}), so its files are checked twice a second: `{}`", .folder.display())]
    Folder {
        folder: PathBuf,
        error: notify::Error,
    },
}

/// The outcome of [`FileWatcher::arm`].
#[derive(Debug, Default)]
pub struct Armed {
    /// Whether a folder is watched now that was not before: what happened in it meanwhile is unknown.
    pub fresh: bool,
    pub errors: Vec<WatchError>,
}

/// Reports changes of a set of files until it is dropped.
pub struct FileWatcher {
    /// None where the system cannot watch at all.
    watcher: Option<RecommendedWatcher>,
    interest: Arc<Mutex<Interest>>,
    looker: Looker,
    /// Folders that the system does not watch.
    unwatched: HashSet<PathBuf>,
}

#[derive(Default)]
struct Interest {
    /// The files, and the missing folders on the way to them.
    paths: HashSet<PathBuf>,
    /// Folders in which every file counts, also one that does not exist yet.
    whole: HashSet<PathBuf>,
    /// The folders that are being watched.
    folders: HashSet<PathBuf>,
}

impl FileWatcher {
    /// Starts watching nothing yet; `changed` is called on threads of the watcher's own. An error says that
    /// the system does not help, and that it goes without.
    pub fn start(
        changed: impl Fn(Change) + Send + Sync + 'static,
    ) -> (FileWatcher, Option<WatchError>) {
        let changed = Arc::new(changed);
        let looked = Arc::clone(&changed);
        let looker = Looker::start(move |path| looked(Change::Path(path)));
        let interest = Arc::new(Mutex::new(Interest::default()));
        let (shared, told) = (Arc::clone(&interest), looker.clone());
        let watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
                Ok(event) if event.need_rescan() => changed(Change::Unknown),
                Ok(event) => {
                    for path in attributes(&event) {
                        told.was_touched(path);
                    }
                    let concerned = lock(&shared).concerned(event);
                    for path in concerned {
                        told.was_told(&path);
                        changed(Change::Path(path));
                    }
                }
                Err(_) => changed(Change::Unknown),
            });
        let (watcher, error) = match watcher {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(WatchError::Start(error))),
        };
        let watcher = FileWatcher {
            watcher,
            interest,
            looker,
            unwatched: HashSet::new(),
        };
        (watcher, error)
    }

    /// Replaces the set of files, and of folders whose every entry counts, but not those below. Files
    /// need not exist: the nearest folder above that does is watched for what is missing.
    pub fn arm<'a>(
        &mut self,
        files: impl IntoIterator<Item = &'a Path>,
        folders: impl IntoIterator<Item = &'a Path>,
    ) -> Armed {
        let wanted = Interest::of(files, folders);
        let mut sights = Sights {
            files: wanted.paths.clone(),
            folders: wanted.whole.clone(),
            unsaid: HashSet::new(),
        };
        let (added, dropped) = {
            let mut interest = lock(&self.interest);
            interest.paths = wanted.paths;
            interest.whole = wanted.whole;
            let added: Vec<_> = wanted
                .folders
                .difference(&interest.folders)
                .cloned()
                .collect();
            let dropped: Vec<_> = interest
                .folders
                .difference(&wanted.folders)
                .cloned()
                .collect();
            interest.folders = wanted.folders;
            (added, dropped)
        };
        let Some(watcher) = &mut self.watcher else {
            let folders = lock(&self.interest).folders.clone();
            sights.unsaid = folders;
            self.looker.arm(sights);
            return Armed::default();
        };
        // The watcher answers on the thread that also takes the lock above: it must be free here.
        for folder in dropped {
            self.unwatched.remove(&folder);
            let _ = watcher.unwatch(&folder);
        }
        let mut armed = Armed {
            fresh: false,
            errors: Vec::new(),
        };
        for folder in added {
            // A folder that was removed and made again has the path of a watch that is dead.
            let _ = watcher.unwatch(&folder);
            if let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive) {
                lock(&self.interest).folders.remove(&folder);
                if self.unwatched.insert(folder.clone()) {
                    armed.errors.push(WatchError::Folder { folder, error });
                }
                continue;
            }
            self.unwatched.remove(&folder);
            armed.fresh = true;
        }
        sights.unsaid.clone_from(&self.unwatched);
        self.looker.arm(sights);
        armed
    }
}

impl FileWatcher {
    /// Returns once everything that has changed by now has been told, also where the system says nothing.
    pub fn catch_up(&self) {
        self.looker.look_now();
    }
}

impl Drop for FileWatcher {
    fn drop(&mut self) {
        self.looker.end();
    }
}

/// Of which nothing but the attributes was set.
fn attributes(event: &notify::Event) -> &[PathBuf] {
    match event.kind {
        EventKind::Modify(ModifyKind::Metadata(_)) => &event.paths,
        _ => &[],
    }
}

impl Interest {
    fn of<'a>(
        files: impl IntoIterator<Item = &'a Path>,
        folders: impl IntoIterator<Item = &'a Path>,
    ) -> Interest {
        let mut interest = Interest::default();
        for folder in folders {
            interest.whole.insert(folder.to_owned());
            interest.folders.insert(folder.to_owned());
        }
        for file in files {
            let mut awaited = file;
            interest.paths.insert(file.to_owned());
            while let Some(folder) = awaited.parent() {
                if interest.folders.contains(folder) {
                    break;
                }
                if folder.is_dir() {
                    interest.folders.insert(folder.to_owned());
                    break;
                }
                interest.paths.insert(folder.to_owned());
                awaited = folder;
            }
        }
        interest
    }

    fn concerned(&mut self, event: notify::Event) -> Vec<PathBuf> {
        // Reading a file is an event too, and we read them all.
        let is_change = match event.kind {
            EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
            EventKind::Modify(ModifyKind::Metadata(_)) => false,
            _ => true,
        };
        if !is_change {
            return Vec::new();
        }
        let gone = matches!(
            event.kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        );
        let mut concerned = event.paths;
        // A watched folder that went away takes its watch with it: forget it, so that it is watched
        // again when it comes back.
        concerned.retain(|path| {
            let in_whole = path
                .parent()
                .is_some_and(|folder| self.whole.contains(folder));
            // First: it must happen for each of them.
            let was_watched = gone && self.folders.remove(path);
            was_watched || in_whole || self.paths.contains(path)
        });
        concerned
    }
}

fn lock(interest: &Mutex<Interest>) -> MutexGuard<'_, Interest> {
    // The two sets stay usable whatever a panicking thread left in them.
    interest.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc::channel;

    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    struct Scratch {
        folder: tempfile::TempDir,
        watcher: FileWatcher,
        changes: Receiver<Change>,
    }

    fn scratch() -> Scratch {
        let (sender, changes) = channel();
        let (watcher, error) = FileWatcher::start(move |change| {
            let _ = sender.send(change);
        });
        assert!(error.is_none(), "the system can watch files");
        Scratch {
            folder: tempfile::tempdir().expect("a scratch folder"),
            watcher,
            changes,
        }
    }

    impl Scratch {
        fn path(&self, name: &str) -> PathBuf {
            self.folder
                .path()
                .canonicalize()
                .expect("it exists")
                .join(name)
        }

        fn arm(&mut self, names: &[&str]) -> Armed {
            let files: Vec<_> = names.iter().map(|name| self.path(name)).collect();
            self.watcher.arm(files.iter().map(PathBuf::as_path), [])
        }

        fn next(&self) -> Change {
            self.changes
                .recv_timeout(SOON)
                .expect("a change is reported")
        }

        fn settle(&self) {
            while self.changes.recv_timeout(Duration::from_millis(50)).is_ok() {}
        }
    }

    #[test]
    fn only_the_files_asked_for_are_reported() {
        let mut scratch = scratch();
        assert!(scratch.arm(&["a.ts"]).fresh);
        assert!(!scratch.arm(&["a.ts", "b.ts"]).fresh);
        fs::write(scratch.path("other.ts"), "1").expect("written");
        fs::write(scratch.path("b.ts"), "1").expect("written");
        assert_eq!(scratch.next(), Change::Path(scratch.path("b.ts")));
    }

    #[test]
    fn any_file_of_a_whole_folder_is_reported() {
        let mut scratch = scratch();
        let folder = scratch.path("");
        scratch.watcher.arm([], [folder.as_path()]);
        fs::write(scratch.path("new.ts"), "1").expect("written");
        assert_eq!(scratch.next(), Change::Path(scratch.path("new.ts")));
        scratch.settle();
        fs::remove_file(scratch.path("new.ts")).expect("removed");
        assert_eq!(scratch.next(), Change::Path(scratch.path("new.ts")));
    }

    #[test]
    fn reading_is_no_change() {
        let mut scratch = scratch();
        fs::write(scratch.path("a.ts"), "1").expect("written");
        scratch.arm(&["a.ts"]);
        fs::read(scratch.path("a.ts")).expect("read");
        assert!(
            scratch
                .changes
                .recv_timeout(Duration::from_millis(100))
                .is_err()
        );
    }

    #[test]
    fn replacing_by_rename_is_noticed_again_and_again() {
        let mut scratch = scratch();
        scratch.arm(&["a.ts"]);
        for text in ["1", "2"] {
            fs::write(scratch.path("a.ts.tmp"), text).expect("written");
            fs::rename(scratch.path("a.ts.tmp"), scratch.path("a.ts")).expect("renamed");
            assert_eq!(scratch.next(), Change::Path(scratch.path("a.ts")));
            scratch.settle();
        }
    }

    #[test]
    fn a_file_in_a_folder_that_comes_back_is_noticed() {
        let mut scratch = scratch();
        fs::create_dir(scratch.path("src")).expect("created");
        fs::write(scratch.path("src/a.ts"), "1").expect("written");
        scratch.arm(&["src/a.ts"]);
        fs::remove_dir_all(scratch.path("src")).expect("removed");
        scratch.settle();
        assert!(
            scratch.arm(&["src/a.ts"]).fresh,
            "the folder above is watched instead"
        );
        fs::create_dir(scratch.path("src")).expect("created");
        assert_eq!(scratch.next(), Change::Path(scratch.path("src")));
        scratch.settle();
        assert!(scratch.arm(&["src/a.ts"]).fresh);
        fs::write(scratch.path("src/a.ts"), "2").expect("written");
        assert_eq!(scratch.next(), Change::Path(scratch.path("src/a.ts")));
    }

    #[test]
    fn a_folder_remade_between_two_arms_is_watched_again() {
        let mut scratch = scratch();
        fs::create_dir(scratch.path("src")).expect("created");
        scratch.arm(&["src/a.ts"]);
        fs::remove_dir(scratch.path("src")).expect("removed");
        assert_eq!(scratch.next(), Change::Path(scratch.path("src")));
        fs::create_dir(scratch.path("src")).expect("created");
        assert!(scratch.arm(&["src/a.ts"]).fresh);
        fs::write(scratch.path("src/a.ts"), "1").expect("written");
        assert_eq!(scratch.next(), Change::Path(scratch.path("src/a.ts")));
    }
}
