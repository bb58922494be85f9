//! The thread of a looker: which files it looks at when, and what is news about them.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use super::{FIRST_SLOW, HEARSAY, QUICK, SLOW, SLOW_FILES, Shared, Sights, Stamp, asked, stamp};
use crate::mounts;

/// Files that are looked at in turns.
#[derive(Default)]
pub(super) struct Round {
    files: Vec<PathBuf>,
    at: usize,
}

impl Round {
    pub(super) fn of(files: Vec<PathBuf>) -> Round {
        Round { files, at: 0 }
    }

    /// The next ones, each at most once.
    pub(super) fn next(&mut self, most: usize) -> Vec<PathBuf> {
        let count = most.min(self.files.len());
        let next = self.files.iter().cycle().skip(self.at).take(count);
        let next = next.cloned().collect();
        self.at = (self.at + count) % self.files.len().max(1);

        next
    }
}

/// What the thread of a looker knows.
#[derive(Default)]
pub(super) struct Eyes {
    quick: Vec<PathBuf>,
    quick_folders: Vec<PathBuf>,
    slow: Round,
    slow_packages: Round,
    slow_folders: Vec<PathBuf>,
    /// What was in the folders when they were last looked at.
    entries: HashMap<PathBuf, HashSet<PathBuf>>,
    mounts: HashMap<PathBuf, bool>,
    quick_due: Option<Instant>,
    slow_due: Option<Instant>,
}

impl Eyes {
    pub(super) fn run(mut self, shared: &Shared, changed: &dyn Fn(PathBuf)) {
        loop {
            let due = [self.quick_due, self.slow_due].into_iter().flatten().min();
            let wanted = shared.wait(due);
            let asked_looks = {
                let state = shared.lock();
                if state.ended {
                    return;
                }
                state.asked_looks
            };
            if let Some(sights) = wanted {
                self.take(sights, shared);
            }
            let now = Instant::now();
            let is_asked = shared.lock().done_looks < asked_looks;
            if self.quick_due.is_some_and(|due| is_asked || due <= now) {
                self.look_quickly(shared, changed);
            }
            shared.lock().done_looks = asked_looks;
            shared.changed.notify_all();
            if self.slow_due.is_some_and(|due| due <= now) {
                let mut files = self.slow.next(SLOW_FILES);
                files.extend(self.slow_packages.next(SLOW_FILES - files.len()));
                let folders = self.slow_folders.clone();
                let news = self.look(files, &folders, shared);
                if !news.is_empty() {
                    thread::sleep(HEARSAY);
                }
                tell(news, shared, changed);
                self.slow_due = Some(Instant::now() + SLOW);
            }
        }
    }

    fn look_quickly(&mut self, shared: &Shared, changed: &dyn Fn(PathBuf)) {
        let (files, folders) = (self.quick.clone(), self.quick_folders.clone());
        let news = self.look(files, &folders, shared);
        tell(news, shared, changed);
        self.quick_due = Some(Instant::now() + asked().unwrap_or(QUICK));
    }

    fn take(&mut self, sights: Sights, shared: &Shared) {
        let Sights {
            files,
            folders,
            unsaid,
        } = sights;
        shared.lock().stamps.retain(|path, _| {
            files.contains(path) || path.parent().is_some_and(|folder| folders.contains(folder))
        });
        self.entries.retain(|folder, _| folders.contains(folder));
        let mut is_quick = |folder: &Path| {
            asked().is_some() || unsaid.contains(folder) || {
                let known = self.mounts.get(folder).copied();
                known.unwrap_or_else(|| {
                    let silent = mounts::are_silent(folder);
                    self.mounts.insert(folder.to_owned(), silent);
                    silent
                })
            }
        };
        // Packages are many files, which change when something is installed; only who asks for it has them
        // looked at all the time.
        let (mut packages, own): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| {
            let mut parts = file.components();
            parts.any(|part| part.as_os_str() == "node_modules")
        });
        let (mut quick, slow): (Vec<_>, Vec<_>) = own
            .into_iter()
            .partition(|file| is_quick(file.parent().unwrap_or(file)));
        if asked().is_some() {
            quick.append(&mut packages);
        }
        let (quick_folders, slow_folders) =
            folders.into_iter().partition(|folder| is_quick(folder));
        self.quick = quick;
        self.quick_folders = quick_folders;
        self.slow = Round::of(slow);
        self.slow_packages = Round::of(packages);
        self.slow_folders = slow_folders;
        let (now, first_slow) = (Instant::now(), Instant::now() + FIRST_SLOW);
        let has_quick = !(self.quick.is_empty() && self.quick_folders.is_empty());
        let has_slow = !(self.slow.files.is_empty()
            && self.slow_packages.files.is_empty()
            && self.slow_folders.is_empty());
        self.quick_due = has_quick.then_some(now);
        self.slow_due = has_slow.then_some(self.slow_due.unwrap_or(first_slow).min(first_slow));
    }

    /// What is not as it was when it was last looked at or told.
    pub(super) fn look(
        &mut self,
        files: Vec<PathBuf>,
        folders: &[PathBuf],
        shared: &Shared,
    ) -> Vec<(PathBuf, Stamp)> {
        let mut seen: Vec<(PathBuf, Stamp, bool)> = Vec::new();
        for file in files {
            let stamp = stamp(&file);
            seen.push((file, stamp, false));
        }
        for folder in folders {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let entries: HashSet<PathBuf> = entries.map(|entry| entry.path()).collect();
            let before = self.entries.insert(folder.clone(), entries.clone());
            let is_known = before.is_some();
            seen.extend(entries.into_iter().map(|entry| {
                let stamp = stamp(&entry);
                (entry, stamp, is_known)
            }));
            let gone = before.into_iter().flatten();
            seen.extend(gone.map(|entry| {
                let stamp = stamp(&entry);
                (entry, stamp, is_known)
            }));
        }
        let mut state = shared.lock();
        let mut news = Vec::new();
        for (path, stamp, counts_if_new) in seen {
            match state.stamps.get(&path) {
                Some(known) if *known == stamp => {}
                None if !counts_if_new => {
                    state.stamps.insert(path, stamp);
                }
                _ => news.push((path, stamp)),
            }
        }
        news
    }
}

/// Tells what the system has not told meanwhile.
pub(super) fn tell(news: Vec<(PathBuf, Stamp)>, shared: &Shared, changed: &dyn Fn(PathBuf)) {
    for (path, stamp) in news {
        let known = shared.lock().stamps.insert(path.clone(), stamp);
        if known != Some(stamp) {
            changed(path);
        }
    }
}
