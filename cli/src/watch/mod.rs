//! Watches files by watching their folders, and says which of them changed. Knows nothing of what
//! the files mean, and never reads them. What the system keeps to itself, `look` sees.
//!
//! Folders, not files: an editor that saves by renaming a new file into place leaves a watch on the
//! old one behind, and a file that vanished must be noticed when it comes back.

mod burst;
mod change;
mod interest;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::look::{Looker, Sights};
pub use burst::{QUIET, burst, save};
pub use change::{Change, Step};
use interest::Interest;

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

impl FileWatcher {
    /// Starts watching nothing yet; `changed` is called on threads of the watcher's own. An error says that
    /// the system does not help, and that it goes without.
    pub fn start(
        changed: impl Fn(Change, Step) + Send + Sync + 'static,
    ) -> (FileWatcher, Option<WatchError>) {
        let changed = Arc::new(changed);
        let looked = Arc::clone(&changed);
        let looker = Looker::start(move |path| looked(Change::Path(path), Step::UnderWay));
        let interest = Arc::new(Mutex::new(Interest::default()));
        let (shared, told) = (Arc::clone(&interest), looker.clone());
        let watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
                Ok(event) if event.need_rescan() => changed(Change::Unknown, Step::UnderWay),
                Ok(event) => {
                    for path in change::touched(&event) {
                        told.was_touched(path);
                    }
                    let concerned = lock(&shared).concerned(&event);
                    for path in concerned {
                        told.was_told(&path);
                        let step = Step::of(&event, &path);
                        changed(Change::Path(path), step);
                    }
                }
                Err(_) => changed(Change::Unknown, Step::UnderWay),
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

fn lock(interest: &Mutex<Interest>) -> MutexGuard<'_, Interest> {
    // The two sets stay usable whatever a panicking thread left in them.
    interest.lock().unwrap_or_else(PoisonError::into_inner)
}
