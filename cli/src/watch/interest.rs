//! Which of the things that happen in the watched folders matter. Watches nothing itself.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use notify::Event;
use notify::event::{EventKind, ModifyKind};

use super::change::is_change;

#[derive(Default)]
pub(super) struct Interest {
    /// The files, and the missing folders on the way to them.
    pub(super) paths: HashSet<PathBuf>,
    /// Folders in which every file counts, also one that does not exist yet.
    pub(super) whole: HashSet<PathBuf>,
    /// The folders that are being watched.
    pub(super) folders: HashSet<PathBuf>,
}

impl Interest {
    pub(super) fn of<'a>(
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

    /// The paths of an event that matter.
    pub(super) fn concerned(&mut self, event: &Event) -> Vec<PathBuf> {
        if !is_change(event) {
            return Vec::new();
        }
        let gone = matches!(
            event.kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        );
        let mut concerned = event.paths.clone();
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
