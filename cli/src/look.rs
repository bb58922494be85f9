//! Looks at files from time to time, for changes of which the system says nothing: on mounts of other
//! machines, in shared folders of virtual machines and containers, through another name of the same file.
//! Knows of a file when it was written and how long it is; never reads one.
//!
//! Where the system does say, this is a slow second pair of eyes: 300 files a second at most.

mod eyes;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::threads;
use eyes::Eyes;

/// How often files are looked at of whose changes the system says nothing, unless asked for otherwise.
const QUICK: Duration = Duration::from_millis(500);
/// How often all others are looked at.
const SLOW: Duration = Duration::from_secs(4);
/// Their first look waits for this long: right after a start there is better to do.
const FIRST_SLOW: Duration = Duration::from_millis(300);
/// So many of them at once; files of packages wait until the project's own have been looked at.
const SLOW_FILES: usize = 1200;
/// A look out of turn is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The system's own word comes first, and only what it keeps to itself is told.
const HEARSAY: Duration = Duration::from_millis(100);

/// What was asked for, in milliseconds; 0 for nothing.
static ASKED: AtomicU64 = AtomicU64::new(0);

/// Has every watcher look at all its files so often.
pub fn at_all_files_every(period: Duration) {
    let period = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
    ASKED.store(period.max(1), Ordering::Relaxed);
}

fn asked() -> Option<Duration> {
    let period = ASKED.load(Ordering::Relaxed);
    (period > 0).then(|| Duration::from_millis(period))
}

/// What is to be looked at.
#[derive(Clone, Default)]
pub struct Sights {
    pub files: HashSet<PathBuf>,
    /// Each entry of one of these counts.
    pub folders: HashSet<PathBuf>,
    /// Folders of which the system says nothing.
    pub unsaid: HashSet<PathBuf>,
}

/// Looks until it is told to end. Copies are the same looker.
#[derive(Clone)]
pub struct Looker(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

type Hear = Box<dyn Fn(PathBuf) + Send>;

#[derive(Default)]
struct State {
    /// Who is told, until there is something to look at and a thread to do it.
    idle: Option<Hear>,
    wanted: Option<Sights>,
    stamps: HashMap<PathBuf, Stamp>,
    /// How many looks were asked for out of turn, and how many of those are over.
    asked_looks: u64,
    done_looks: u64,
    ended: bool,
}

/// When a file was written and how long it is; `None` when there is none.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    // A folder's times are those of its entries' coming and going, which are looked at themselves.
    if metadata.is_dir() {
        return Some((SystemTime::UNIX_EPOCH, 0));
    }
    Some((metadata.modified().ok()?, metadata.len()))
}

impl Looker {
    /// Looks at nothing yet; `changed` is called on a thread of its own.
    pub fn start(changed: impl Fn(PathBuf) + Send + 'static) -> Looker {
        let looker = Looker(Arc::default());
        looker.0.lock().idle = Some(Box::new(changed));
        looker
    }

    /// Replaces what is looked at.
    pub fn arm(&self, sights: Sights) {
        let mut state = self.0.lock();
        if state.idle.is_some() && sights.files.is_empty() && sights.folders.is_empty() {
            return;
        }
        state.wanted = Some(sights);
        let begun = state.idle.take();
        drop(state);
        self.0.changed.notify_all();
        if let Some(changed) = begun {
            let shared = self.0.clone();
            // Without the thread, what the system says has to do.
            let _ = threads::start("look", move || Eyes::default().run(&shared, &changed));
        }
    }

    /// The system has said what happened to `path`: it need not be told again.
    pub fn was_told(&self, path: &Path) {
        let stamp = stamp(path);
        // Before anybody looks, the first look will find it as it is.
        let mut state = self.0.lock();
        if state.idle.is_some() {
            return;
        }
        state.stamps.insert(path.to_owned(), stamp);
    }

    /// Only the times of `path` were set, which is no change.
    pub fn was_touched(&self, path: &Path) {
        if let Some(known) = self.0.lock().stamps.get_mut(path) {
            *known = stamp(path);
        }
    }

    /// Looks at the files about which the system says nothing, and returns when their changes have been reported.
    pub fn look_now(&self) {
        let mut state = self.0.lock();
        if state.idle.is_some() {
            return;
        }
        state.asked_looks += 1;
        let wanted = state.asked_looks;
        self.0.changed.notify_all();
        let waited = self.0.changed.wait_timeout_while(state, PATIENCE, |state| {
            !state.ended && state.done_looks < wanted
        });
        drop(waited);
    }

    pub fn end(&self) {
        self.0.lock().ended = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panicking thread left is at worst out of date.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `due`, or forever, or until there is something else to look at; that is given.
    fn wait(&self, due: Option<Instant>) -> Option<Sights> {
        let mut state = self.lock();
        loop {
            if state.ended || state.wanted.is_some() || state.done_looks < state.asked_looks {
                return state.wanted.take();
            }
            state = match due.map(|due| due.saturating_duration_since(Instant::now())) {
                None => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return None,
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}
