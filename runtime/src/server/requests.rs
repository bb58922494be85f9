//! The requests that a space answers, for whoever looks at the moment. While nobody does, nothing is kept.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::project::Event;

/// So many wait until they are taken; more are counted.
const WAITING: usize = 512;
/// How much is kept of a path, in bytes.
const LONGEST_PATH: usize = 2 << 10;

/// A request that has been answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// In milliseconds since 1970.
    pub at_ms: u64,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub elapsed: Duration,
}

/// Those of a space.
#[derive(Default)]
pub struct Requests {
    is_watched: AtomicBool,
    watches: Mutex<Vec<Weak<Watch>>>,
}

impl Requests {
    /// Shows what follows, as long as what this returns is kept.
    pub fn watch(&self) -> Arc<Watch> {
        let watch = Arc::default();
        self.watches().push(Arc::downgrade(&watch));
        self.is_watched.store(true, Ordering::Relaxed);
        watch
    }

    /// Shows a request. Anything else that happens is nothing to it.
    pub fn tell(&self, event: &Event) {
        if !self.is_watched.load(Ordering::Relaxed) {
            return;
        }
        let Event::Request {
            method,
            path,
            status,
            elapsed,
            ..
        } = event
        else {
            return;
        };
        let mut watches = self.watches();
        watches.retain(|watch| watch.strong_count() > 0);
        self.is_watched
            .store(!watches.is_empty(), Ordering::Relaxed);
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let answered = || Answered {
            at_ms: since.as_ref().map_or(0, |since| since.as_millis() as u64),
            method: method.clone(),
            path: path[..path.floor_char_boundary(LONGEST_PATH)].to_owned(),
            status: *status,
            elapsed: *elapsed,
        };
        for watch in watches.iter().filter_map(Weak::upgrade) {
            watch.add(answered);
        }
    }

    fn watches(&self) -> MutexGuard<'_, Vec<Weak<Watch>>> {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one who looks has yet to see.
#[derive(Default)]
pub struct Watch(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    requests: VecDeque<Answered>,
    missed: u64,
}

impl Watch {
    fn add(&self, answered: impl FnOnce() -> Answered) {
        let mut waiting = self.waiting();
        if waiting.requests.len() >= WAITING {
            waiting.missed += 1;
            return;
        }
        waiting.requests.push_back(answered());
    }

    /// The requests since the last call, and how many more were left out.
    pub fn take(&self) -> (VecDeque<Answered>, u64) {
        let mut waiting = self.waiting();
        (
            std::mem::take(&mut waiting.requests),
            std::mem::take(&mut waiting.missed),
        )
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str) -> Event {
        Event::Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            status: 200,
            reason: String::new(),
            elapsed: Duration::from_millis(1),
        }
    }

    #[test]
    fn requests_are_kept_only_while_somebody_looks() {
        let requests = Requests::default();
        requests.tell(&request("/before"));
        let (first, second) = (requests.watch(), requests.watch());
        requests.tell(&request("/a"));
        requests.tell(&Event::ConsoleClear);
        drop(second);
        requests.tell(&request("/b"));
        let (seen, missed) = first.take();
        let paths: Vec<_> = seen.iter().map(|answered| &*answered.path).collect();
        assert_eq!((paths, missed), (vec!["/a", "/b"], 0));
        assert_eq!(requests.watches().len(), 1);
        drop(first);
        requests.tell(&request("/c"));
        assert!(!requests.is_watched.load(Ordering::Relaxed));
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let requests = Requests::default();
        let watch = requests.watch();
        let long = "/".repeat(LONGEST_PATH + 5);
        for _ in 0..WAITING + 3 {
            requests.tell(&request(&long));
        }
        let (seen, missed) = watch.take();
        assert_eq!((seen.len(), missed), (WAITING, 3));
        assert_eq!(seen[0].path.len(), LONGEST_PATH);
    }
}
