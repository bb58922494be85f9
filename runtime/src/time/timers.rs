//! Which timers of JavaScript are next: the first one of each isolate, by the milliseconds that have passed
//! by the clock. Never starts one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The first timer of an isolate. Ordered by when it is due, then by party and room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NextTimer {
    /// In milliseconds that have passed by the clock.
    pub due: i64,
    /// Party and room; `None` for static handlers.
    pub room: Option<(Arc<str>, Arc<str>)>,
}

/// The first timer of every isolate that goes by a clock.
#[derive(Default)]
pub struct Timers {
    first: Arc<Mutex<HashMap<u64, NextTimer>>>,
    count: AtomicU64,
}

/// Where one isolate says which of its timers is next. It has none once this is dropped.
pub struct TimerPlace {
    first: Arc<Mutex<HashMap<u64, NextTimer>>>,
    id: u64,
}

impl Timers {
    pub fn place(&self) -> TimerPlace {
        TimerPlace {
            first: self.first.clone(),
            id: self.count.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// The very next one.
    pub fn next(&self) -> Option<NextTimer> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.values().min().cloned()
    }
}

impl TimerPlace {
    pub fn set(&self, next: Option<NextTimer>) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        match next {
            Some(next) => first.insert(self.id, next),
            None => first.remove(&self.id),
        };
    }
}

impl Drop for TimerPlace {
    fn drop(&mut self) {
        self.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(due: i64, room: &str) -> NextTimer {
        NextTimer {
            due,
            room: (!room.is_empty()).then(|| ("main".into(), room.into())),
        }
    }

    #[test]
    fn next_timer_is_the_earliest_then_that_of_the_first_room() {
        let timers = Timers::default();
        let (a, b, worker) = (timers.place(), timers.place(), timers.place());
        b.set(Some(timer(5, "b")));
        a.set(Some(timer(5, "a")));
        assert_eq!(timers.next(), Some(timer(5, "a")));
        worker.set(Some(timer(5, "")));
        assert_eq!(timers.next(), Some(timer(5, "")));
        b.set(Some(timer(4, "b")));
        assert_eq!(timers.next(), Some(timer(4, "b")));
        drop(b);
        worker.set(None);
        assert_eq!(timers.next(), Some(timer(5, "a")));
    }
}
